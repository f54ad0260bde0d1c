// What an exporter of NVIDIA's DCGM says: how busy devices are, and whose pods have them. Not a tenant's
// word, and outside bytes all the same.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace berth::said {

inline constexpr std::size_t kMaxDcgmBytes = std::size_t{8} * 1024 * 1024;
/// A device counts as used from a hundredth of the time on: less is a process that only holds it.
inline constexpr int kUsedFromPermille = 10;

/// Of a session's devices, the busiest.
struct DeviceUse {
  Instant since;                     // when they were looked at first
  Instant looked_at;                 // and last
  int busy_permille = 0;             // of the time before it (the exporter's interval, 30 s by default)
  std::optional<Instant> used_at{};  // when they were last seen in use; nothing: not since
  bool operator==(const DeviceUse&) const = default;
};

/// For each namespace that begins with `prefix`, the busiest device of its pods, in thousandths of the time.
/// DCGM_FI_PROF_GR_ENGINE_ACTIVE, and for a device without it DCGM_FI_DEV_GPU_UTIL, which slices do not have.
/// What is no sample of these is passed over: a text without any gives none. Namespaces of which nothing is
/// told are not there, so a device that the exporter does not know the pods of (replicas without
/// KUBERNETES_VIRTUAL_GPUS) is not measured, rather than idle. Source: dcgm-exporter's default counters and
/// labels; the text format of Prometheus 0.0.4.
std::map<std::string, int> busy_devices(std::string_view exposition, std::string_view prefix);

}  // namespace berth::said
