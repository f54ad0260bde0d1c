// One turn of the control plane: observe, decide, act. A function of what it is handed: no thread, no clock,
// and nothing remembered from the turn before. The role drives it by the time of day, the simulation by a
// time of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "kube/kube.hpp"
#include "model/cluster.hpp"
#include "reconciler/executor.hpp"
#include "reconciler/observer.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {

struct Cycle {
  CycleReport report;
  std::size_t actions = 0;               // that the plan had
  int sessions = 0;                      // not Gone
  std::string watch_trouble;             // why nothing was started; empty when all watches are heard
  std::optional<Instant> unheard_since;  // that long, by the database's clock
  std::string starts_wait;               // why nothing was brought up; empty: it would have been
  bool news_of_rows = false;             // other rows cannot be read than were told: the sweep tells them
  Instant now;                           // the database's, by which was decided
  std::optional<Instant> next_edge;      // the next start or end of a reservation after now
  std::optional<Instant> next_try;       // of a step that failed, or of a wish that waits for its turn
  std::optional<model::DcgmExporter>
      dcgm_exporter{};  // whom to ask of devices; nothing: of none is anything to be known
};

/// kUnavailable and the like, with what could not be read, when there was nothing to decide on. Actions that
/// fail are no failure of the cycle: they are in its report, a line each.
Result<Cycle> run_cycle(Executor& executor, const Observer& cluster, const store::Lead& lead,
                        const layout::LayoutPatience& layout_patience = {});

struct SweepReport {
  CycleReport report;
  std::size_t actions = 0;
};

/// The same for what cascades miss.
Result<SweepReport> run_sweep(Executor& executor, const kube::Discovery& discovery,
                              const std::string& installation, const store::Lead& lead);

/// The first step of a starting session that is tried again after now. What lies in the past was this cycle's
/// to do, and counting it again would be a loop without rest.
std::optional<Instant> next_try(const planning::Desired& desired);

}  // namespace berth::reconciler
