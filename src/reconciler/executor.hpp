// Makes actions true. No judgement here: what to do was decided by the plan.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "planning/planning.hpp"
#include "reconciler/hands.hpp"
#include "reconciler/rewritten.hpp"
#include "store/control.hpp"

namespace berth::reconciler {

struct CycleReport {
  int done = 0;                     // actions that went through
  std::vector<std::string> failed;  // a line each
  std::vector<std::string> told;  // a line each: shared objects that are not as wanted and may not be written
  bool changed = false;           // something was written: look again at once
  bool lost_lead = false;
};

/// So many texts the executor remembers to have logged; it is silent about those beyond.
inline constexpr std::size_t kMaxWarningsLogged = 256;

/// One thread's means: its own connection to the database and to the cluster.
struct Worker {
  std::unique_ptr<store::Control> control;
  Hands hands;
};

class Executor {
 public:
  /// `may_write` is asked before each effect; `after_effect` is told after each.
  Executor(std::vector<Worker> workers, std::function<bool()> may_write, std::function<void()> after_effect,
           Log log);

  /// One failed action stops neither the others nor itself for ever: its step notes the failure and when to
  /// try again.
  CycleReport execute(const store::Lead& lead, const planning::Desired& desired,
                      std::vector<planning::Action> actions);
  CycleReport execute_sweep(const store::Lead& lead, const std::vector<planning::SweepAction>& actions);

  Worker& first() { return workers_.front(); }

 private:
  struct Outcome;
  Outcome run(Worker& worker, const store::Lead& lead, const planning::Desired& desired,
              const planning::Action& action);
  Status run_effect(Worker& worker, const store::Lead& lead, const planning::SessionWork& work,
                    const planning::SessionEffect& effect, class StepLedger& steps);
  Status guarded(const std::function<Status()>& effect);
  /// Puts in place what all sessions share, and tells what may not be written; false: nothing may start.
  bool keep_shared(const store::Lead& lead, const planning::Desired& desired,
                   std::span<const planning::Action> actions, CycleReport& report);
  Status apply_shared(const manifests::Object& object, Instant now);
  void note_failure(const planning::Action& action, const Error& error, CycleReport& report);
  /// For objects of no step; see Rewritten.
  Status apply(Worker& worker, const manifests::Object& object, Instant now);
  /// Each text once in this executor's life: the API repeats a warning with every write. One thread at a
  /// time.
  void log_warnings(Worker& worker);

  std::vector<Worker> workers_;
  std::function<bool()> may_write_;
  std::function<void()> after_effect_;
  Log log_;
  std::set<std::string> warnings_logged_;
  std::map<std::string, std::string> told_;  // of shared objects: what was last reported
  Rewritten rewritten_;
};

}  // namespace berth::reconciler
