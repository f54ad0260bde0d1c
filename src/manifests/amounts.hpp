// Shares of a reservation, as the quantities that Kubernetes reads. For what makes objects: this
// module and planning/steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"
#include "model/reservation.hpp"

namespace berth::manifests {

using Mib = Amount<struct MibTag>;  // 2^20 bytes

Mib to_mib(Gib amount);
/// "46Gi" or "9420Mi".
std::string kube_mib(Mib amount);

/// What the containers of a session share out: CPU, memory and ephemeral storage.
struct Means {
  CpuMilli cpu;
  Mib memory;
  Mib ephemeral;
};

/// All that the session may use.
Means means_of(const model::Reservation& reservation, Gib ephemeral);
/// One part in `parts`, rounded down, never zero.
Means one_part_of(const Means& means, std::int64_t parts);
/// What is left of it without `part`, never less than zero.
Means without(const Means& means, const Means& part);
/// The smaller of the two, each by itself.
Means at_most(const Means& means, const Means& limit);

/// Compares two Kubernetes quantities by amount: "1", "1000m" and "1.0" are equal. Empty when either is not a
/// quantity.
std::optional<bool> same_quantity(std::string_view left, std::string_view right);

}  // namespace berth::manifests
