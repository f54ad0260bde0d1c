// Faults that can be put into the simulated cluster: on requests that match, or on the way the cluster
// behaves.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::simcluster {

enum class FaultKind {
  // On requests. Each that matches uses the fault up once.
  kStatus,     // answered with code, reason and message; nothing is done
  kLatency,    // answered late
  kCutBefore,  // connection cut, nothing was done
  kCutAfter,   // done, and then the connection is cut
  kWatchGone,  // a watch gets 410 Expired
  // On what runs. They last until they are taken out, and `times` means nothing to them.
  kQuotaStalled,    // the quota controller does nothing in matching namespaces
  kNamespaceStuck,  // matching namespaces never finish terminating
  kPodNeverReady,   // matching pods run and are not Ready
  kPodCrash,        // matching pods crash again and again (CrashLoopBackOff)
  kImagePullError,  // matching pods wait with ErrImagePull and `message`
  kPodStuck,        // matching pods do not stop when deleted
  kNodeNotReady,    // matching nodes
};

struct Fault {
  FaultKind kind = FaultKind::kStatus;
  // Empty matches all. A '*' at the end of `ns` and `name` matches any rest.
  std::string verb;      // get, list, watch, create, update, patch, apply, delete
  std::string resource;  // plural ("pods")
  std::string ns;
  std::string name;
  int times = 1;  // how many requests; -1: all
  int code = 500;
  std::string reason = "InternalError";
  std::string message = "injected fault";
  int retry_after_seconds = 0;
  std::chrono::milliseconds latency{0};
};

/// The faults that are in. Safe to use from several threads.
class Faults {
 public:
  static constexpr std::size_t kMaxFaults = 1000;
  static constexpr std::chrono::milliseconds kMaxLatency{60'000};

  /// Its number. kInvalid when a value is out of range; kTooMany beyond kMaxFaults.
  Result<std::uint64_t> add(Fault fault);
  bool remove(std::uint64_t id);
  void clear();

  struct Entry {
    std::uint64_t id;
    Fault fault;
  };
  std::vector<Entry> all() const;

  /// The faults of a request, in the order they were put in, each used up once.
  std::vector<Fault> take(std::string_view verb, std::string_view resource, std::string_view ns,
                          std::string_view name);
  /// The first lasting fault of that kind on that object.
  std::optional<Fault> lasting(FaultKind kind, std::string_view ns, std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::uint64_t next_id_ = 1;
};

/// The form that /sim/faults speaks: {"kind": "status", "verb": "create", "resource": "pods", "code": 500,
/// ...}.
Result<Fault> fault_from_json(const json::value& text);
json::object fault_to_json(std::uint64_t id, const Fault& fault);

}  // namespace berth::simcluster
