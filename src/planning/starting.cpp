// A session on its way up: the steps in their order.
#include <algorithm>

#include "planning/layouts.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using model::StepState;

void record(SessionWork& work, const model::Step& stored, const Standing& standing) {
  const auto state = standing.state == Standing::State::kDone      ? StepState::kDone
                     : standing.state == Standing::State::kTrouble ? StepState::kFailed
                                                                   : StepState::kRunning;
  if (stored.state == state && stored.detail == standing.detail) return;  // a settled wait writes nothing
  work.effects.emplace_back(RecordStep{.step = stored.name,
                                       .state = state,
                                       .detail = standing.detail,
                                       .retried = standing.retried,
                                       .between_tries = standing.between_tries});
}

/// Applies what is missing of one step. True when anything had to be.
bool apply_missing(SessionWork& work, const StartStep& step, const View& view) {
  auto missing = drifted(step.objects(view.spec), view.observed);
  for (auto& object : missing) {
    if (object.renewed) {
      work.effects.emplace_back(Renew{std::move(object)});
    } else if (object.kind.plural == "namespaces" && seen_namespace(object.name, view.observed) == nullptr) {
      work.effects.emplace_back(MakeNamespace{std::move(object)});
    } else {
      work.effects.emplace_back(ApplyObject{std::move(object)});
    }
  }
  return !missing.empty();
}

bool lacks_anything(const StartStep& step, const View& view) {
  return !drifted(step.objects(view.spec), view.observed).empty();
}

bool try_is_not_due(const model::Step& stored, Instant now) {
  return stored.next_try_at && now < *stored.next_try_at;
}

/// The step that is at work failed and waits. What drifted before it waits too: a failure there counts as its
/// own, and would else be met again in every cycle. A try that is the cluster's (an image pull) is no reason
/// to wait, unless there is something to write: then the wait may be our own, after a write that failed.
bool backs_off(const View& view, Instant now) {
  const auto is_at_work = [&](const StartStep& step) {
    const auto* stored = find_step(view.wanted.session, step.name);
    return stored != nullptr && stored->state != StepState::kDone;
  };
  const auto at_work = std::ranges::find_if(kStartSteps, is_at_work);
  if (at_work == kStartSteps.end()) return false;
  if (!try_is_not_due(*find_step(view.wanted.session, at_work->name), now)) return false;
  return at_work->tried_by == TriedBy::kBerth ||
         std::any_of(kStartSteps.begin(), std::next(at_work),
                     [&](const StartStep& step) { return lacks_anything(step, view); });
}

Standing stands(const StartStep& step, bool applied, const View& view) {
  if (!applied || step.judged_by == JudgedBy::kApply) return step.judge(view);
  const bool by_status =
      step.judged_by == JudgedBy::kStatus || (step.judged_by == JudgedBy::kStatusOnOpenshift &&
                                              view.spec.cluster.flavour == model::Flavour::kOpenshift);
  return by_status ? waiting({}) : done();
}

/// A failure counts against the step that is recorded next, since effects come before the word on how their
/// step stands; against the one at work where none is.
void count_failures(SessionWork& work, std::optional<model::StepName> at_work) {
  for (auto effect = work.effects.rbegin(); effect != work.effects.rend(); ++effect) {
    if (const auto* record = std::get_if<RecordStep>(&effect->what)) at_work = record->step;
    effect->step = at_work;
    if (at_work) continue;
    if (auto* apply = std::get_if<ApplyObject>(&effect->what))
      effect->what = PutBack{std::move(apply->object)};
  }
}

}  // namespace

std::optional<SessionWork> plan_starting(const Desired& desired, const DesiredSession& wanted,
                                         const Observed& observed) {
  const auto spec = spec_of(desired, wanted, observed);
  const auto layout = layout_wait(wanted.booked, desired, observed);
  const View view{.spec = spec,
                  .wanted = wanted,
                  .observed = observed,
                  .now = desired.now,
                  .layout_wait = layout ? layout->why : std::string(),
                  .layout_is_coming = layout && layout->is_coming,
                  .laid_out = units_laid_out(wanted.booked.node.kubernetes_name, desired, observed)};
  if (backs_off(view, desired.now)) return std::nullopt;
  auto work = work_on(wanted.session, "the session is starting");

  std::optional<model::StepName> at_work;
  bool all_done = true;
  bool overtaking = false;  // an earlier step is not done: later ones may apply, but are not done either
  for (const auto& step : kStartSteps) {
    const auto* stored = find_step(wanted.session, step.name);
    if (stored == nullptr) continue;
    if (stored->state == StepState::kDone) {
      apply_missing(work, step, view);
      continue;
    }
    all_done = false;
    if (!overtaking) at_work = step.name;
    if (try_is_not_due(*stored, desired.now) &&
        (step.tried_by == TriedBy::kBerth || lacks_anything(step, view))) {
      break;
    }
    const bool applied = apply_missing(work, step, view);
    if (overtaking) continue;  // its turn to be judged comes when the earlier step is done

    auto standing = stands(step, applied, view);
    for (auto& effect : standing.effects) work.effects.emplace_back(std::move(effect));
    record(work, *stored, standing);
    all_done = standing.state == Standing::State::kDone;
    if (all_done) continue;
    if (step.overtaking == Overtaking::kNo) break;
    overtaking = true;
  }
  // Judged by the steps and not beside the last one: the phase may be all that a reconciler that died had
  // left to write.
  if (all_done) work.effects.emplace_back(SetPhase{.phase = model::SessionPhase::kReady});
  if (work.effects.empty()) return std::nullopt;
  count_failures(work, at_work);
  return work;
}

}  // namespace berth::planning
