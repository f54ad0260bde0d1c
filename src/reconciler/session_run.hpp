// The work on one session, effect by effect. Belongs to one thread.
#pragma once

#include <optional>

#include "planning/planning.hpp"
#include "reconciler/rewritten.hpp"
#include "reconciler/step_ledger.hpp"
#include "reconciler/undone.hpp"
#include "reconciler/worker.hpp"

namespace berth::reconciler {

/// How an action ended. Failures of independent effects are told as one.
struct Outcome {
  std::optional<Undone> undone;
  bool wrote = false;

  void add(const Undone& more);
  void add(const Done& done);
  bool lost_lead() const { return undone && undone->why == Why::kLostLead; }
};

class SessionRun {
 public:
  SessionRun(Worker& worker, const store::Lead& lead, const planning::SessionWork& work, Instant now,
             const Guard& guard, Rewritten& rewritten, const AwaySince& away_since)
      : worker_(worker),
        lead_(lead),
        work_(work),
        now_(now),
        guard_(guard),
        rewritten_(rewritten),
        away_since_(away_since),
        steps_(work.steps, now) {}

  /// A failure of an effect is noted in the step that it counts against, with when to try again. Where the
  /// whole cluster does not answer the step only says so: it is gone on with as soon as that is over.
  Outcome run();

 private:
  Done perform(const planning::MakeNamespace& it);
  Done perform(const planning::ApplyObject& it);
  Done perform(const planning::PutBack& it);
  Done perform(const planning::Renew& it);
  Done perform(const planning::RecordStep& it);
  Done perform(const planning::PublishEndpoints& it);
  Done perform(const planning::SetPhase& it);
  Done perform(const planning::DeleteNamespace& it);
  Done perform(const planning::MoveUnits& it);
  Done perform(const planning::AddHold& it);
  Done perform(const planning::ReleaseHolds& it);
  Done perform(const planning::HearWish& it);
  Done perform(const planning::KeepHome& it);
  Done perform(const planning::HandHome& it);
  Done perform(const planning::LeaveHome& it);
  Done perform(const planning::FinishSession& it);

  /// Writes to the cluster or the database, if that may be done.
  template <typename Effect>
  Done write(Effect&& effect) {
    auto written = guard_([&] { return done(effect()); });
    if (written) wrote_ = true;
    return written;
  }
  /// The same for an object of which no step counts the tries: one that the cluster keeps otherwise waits.
  template <typename Effect>
  Done repair(const manifests::Object& object, Effect&& effect) {
    const planning::ObservedKey key{object.kind.plural, object.namespace_name, object.name};
    if (auto waiting = rewritten_.waiting(key, now_)) return done(fail(std::move(*waiting)));
    return write([&] {
      const Status written = effect();
      rewritten_.tried(key, now_, written);
      return written;
    });
  }
  /// What the ledger holds and the database does not.
  Done write_steps();
  /// By the API itself.
  Done namespace_is_gone();
  Done namespace_is_idle();

  Worker& worker_;
  const store::Lead& lead_;
  const planning::SessionWork& work_;
  Instant now_;
  const Guard& guard_;
  Rewritten& rewritten_;
  const AwaySince& away_since_;
  StepLedger steps_;
  bool wrote_ = false;
};

}  // namespace berth::reconciler
