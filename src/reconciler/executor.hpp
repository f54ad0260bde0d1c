// Makes actions true. No judgement here: what to do was decided by the plan.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "planning/planning.hpp"
#include "reconciler/session_run.hpp"

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

class Executor {
 public:
  /// `may_write` is asked before each effect; `after_effect` is told after each; `away_since` is asked of the
  /// whole cluster when a call got no answer.
  Executor(std::vector<Worker> workers, std::function<bool()> may_write, std::function<void()> after_effect,
           Log log, AwaySince away_since = {});

  /// One failed action stops neither the others nor itself for ever: its step notes the failure and when to
  /// try again.
  CycleReport execute(const store::Lead& lead, const planning::Plan& plan);
  CycleReport execute_sweep(const store::Lead& lead, const std::vector<planning::SweepAction>& actions);

  Worker& first() { return workers_.front(); }
  /// Why the last cycle brought nothing up, a sentence; empty: it would have.
  const std::string& starts_wait() const { return starts_wait_; }

 private:
  struct Turn;  // a worker's, with one action
  static Outcome perform(const Turn& turn, const planning::CloseReservation& it);
  static Outcome perform(const Turn& turn, const planning::BeginSession& it);
  Outcome perform(const Turn& turn, const planning::SessionWork& it);
  static Outcome perform(const Turn& turn, const planning::KeepOutages& it);
  static Outcome perform(const Turn& turn, const planning::AnswerKubeconfig& it);
  static Outcome perform(const Turn& turn, const planning::DropKubeconfig& it);
  static Outcome perform(const Turn& turn, const planning::RemoveHome& it);
  static Outcome perform(const Turn& turn, const planning::KeepLayout& it);

  Status sweep(Worker& worker, const store::Lead& lead, const planning::RemoveNamespace& it);
  Status sweep(Worker& worker, const store::Lead& lead, const planning::RemoveGrant& it);
  static Status sweep(Worker& worker, const store::Lead& lead, const planning::ReportFinding& it);
  static Status sweep(Worker& worker, const store::Lead& lead, const planning::ResolveFinding& it);

  /// Puts in place what all sessions share, and tells what may not be written; false: nothing may start.
  bool keep_shared(const store::Lead& lead, const planning::Plan& plan, CycleReport& report);
  Done apply_shared(const manifests::Object& object, Instant now);
  /// Nothing waits for it, and nothing comes of it: a failure is a line in the log.
  void write_activity(const store::Lead& lead, const planning::Plan& plan, CycleReport& report);
  void note_failure(const std::string& action, const Undone& undone, CycleReport& report);

  /// Each text once in this executor's life: the API repeats a warning with every write. One thread at a
  /// time.
  void log_warnings(Worker& worker);

  std::vector<Worker> workers_;
  Guard guard_;
  AwaySince away_since_;
  Log log_;
  std::set<std::string> warnings_logged_;
  std::map<std::string, std::string> told_;  // of shared objects: what was last reported
  Rewritten rewritten_;
  std::string starts_wait_;
};

}  // namespace berth::reconciler
