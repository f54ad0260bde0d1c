// One of several programs acts: whoever holds a Lease. This is no fence: a write that was sent before the
// lease was lost may still arrive, so what must not be written by a stale leader needs a number of its own
// (an epoch) beside it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "kube/client.hpp"
#include "kube/presence.hpp"

namespace berth::kube {

struct ElectionSettings {
  std::string ns{};
  std::string lease_name{};
  std::string identity{};  // different for each program that takes part
  std::string field_manager{};
  std::chrono::milliseconds lease_duration{15'000};  // others wait this long after the last renewal they saw
  /// The leader stops acting this long after its last renewal.
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry_period{2'000};
  std::uint64_t jitter_seed = 0;         // 0: taken from the system
  std::shared_ptr<Presence> presence{};  // when the server comes back, the lease is asked for at once
};

/// Both are called on the election's thread and should return soon: no renewal happens meanwhile.
struct ElectionEvents {
  std::function<void()> on_gained;
  std::function<void()> on_lost;  // also on a clean stop, when it led
};

class LeaderElection {
 public:
  /// kInvalid when a name is missing, or not lease_duration > renew_deadline > 1.2 x retry_period, or
  /// lease_duration is under a second (the Lease counts whole seconds).
  static Result<std::unique_ptr<LeaderElection>> start(const ClientFactory& factory,
                                                       ElectionSettings settings, ElectionEvents events,
                                                       Log log);
  /// Gives the lease back when it leads, so that another need not wait for it to run out.
  ~LeaderElection();
  LeaderElection(const LeaderElection&) = delete;
  LeaderElection& operator=(const LeaderElection&) = delete;

  /// Ask before each write. Costs one read of a clock; false from the moment the renewal deadline has passed,
  /// even while the election's own thread hangs.
  bool is_leader() const;
  /// Who held the lease when it was last seen; "" when nobody.
  std::string holder() const;

  void stop();

 private:
  class Impl;
  explicit LeaderElection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::kube
