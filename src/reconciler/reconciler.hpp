// The control plane: the only part of Berth that talks to Kubernetes. It looks, decides (planning), and makes
// it so.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "kube/kube.hpp"
#include "pg/pg.hpp"
#include "reconciler/observer.hpp"

namespace berth::reconciler {

struct Settings {
  std::string cluster = "default";  // pools of this cluster are ours
  pg::Settings database;            // as the role berth_reconciler
  std::string lease_namespace = "berth-system";
  std::chrono::milliseconds cycle_every{30'000};
  std::chrono::milliseconds sweep_every{300'000};
  std::chrono::milliseconds maintain_every{3'600'000};
  std::chrono::milliseconds sync_patience{30'000};
  std::chrono::milliseconds unheard_too_long = kUnheardTooLong;  // of a watch, see the observer
  std::chrono::milliseconds bookmark_patience = ObserverSettings().bookmark_patience;
  std::size_t sessions_at_once = 4;          // whose I/O may overlap
  kube::ElectionSettings election;           // durations only; names are set here
  layout::LayoutPatience layout_patience{};  // see planning::Observed
  /// For tests of crashes: the process ends at once, without any cleaning up, after this many effects.
  std::optional<int> exit_after_effects;
};

inline constexpr std::string_view kUnknownCluster = "unknown_cluster";

class Reconciler {
 public:
  /// Reads the installation id and what the cluster serves; kUnavailable when either does not answer, also
  /// when the cluster cannot tell yet for a group of its API that is used here.
  /// kInvalid (slug "unknown_cluster") when there are pools, and none on a cluster of that name: it would
  /// lead and start nobody's session.
  static Result<std::unique_ptr<Reconciler>> create(Settings settings, kube::ClientFactory cluster, Log log);
  ~Reconciler();

  /// Until `stop`: waits to lead, then cycles. Failures are logged and tried again; it does not give up.
  Status run(const std::stop_token& stop);
  /// Waits to lead, cycles until there is nothing to do at once, sweeps, and gives the lead back.
  Status once(const std::stop_token& stop);
  /// What a cycle would do now, a line or more for each action, and a line for each session that it would
  /// leave as it is, with why. Writes nothing and needs no lead.
  Result<std::vector<std::string>> plan_lines();

 private:
  class Impl;
  explicit Reconciler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::reconciler
