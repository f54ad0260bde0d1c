// The objects that all sessions of the cluster share, before anything else: which are in place, which may not
// be written, and what people are told of those.
#include <fmt/format.h>

#include <iterator>

#include "planning/shared_objects.hpp"
#include "reconciler/executor.hpp"

namespace berth::reconciler {
namespace {

using Standing = planning::SharedObject::Standing;

planning::SharedObject outcome_of(const manifests::Object& object, const Done& done,
                                  const AwaySince& away_since) {
  if (done) return {object, Standing::kWritten, {}};
  const auto& error = done.error().error;
  if (auto away = told_as_away(error, away_since)) return {object, Standing::kFailed, std::move(*away)};
  const bool open = error.slug == kSharedOpen || error.slug == kSharedKeptOpen;
  if (open || error.slug == kSharedDiffers || error.slug == kSharedKept) {
    const bool differs = error.slug == kSharedDiffers || error.slug == kSharedOpen;
    return {object, differs ? Standing::kDiffers : Standing::kKept, error.message, open};
  }
  if (error.slug == kSharedMissing) return {object, Standing::kMissing, error.message};
  return {object, Standing::kFailed, error.message};
}

}  // namespace

Done Executor::apply_shared(const manifests::Object& object, Instant now) {
  auto& writes = first().writes;
  const planning::ObservedKey key{object.kind.plural, object.namespace_name, object.name};
  if (auto waiting = rewritten_.waiting(key, now)) {
    // Only the write waits. Whether there is a fence is looked at each time.
    if (waiting->code == Code::kForbidden) {
      auto refusal = *waiting;
      if (refusal.slug == kSharedKept || refusal.slug == kSharedKeptOpen) refusal.code = Code::kConflict;
      return done(writes.judge_refused(object, refusal));
    }
    return done(fail(std::move(*waiting)));
  }
  return guard_([&] {
    const auto applied = writes.apply_shared(object);
    rewritten_.tried(key, now, applied);
    return done(applied);
  });
}

bool Executor::keep_shared(const store::Lead& lead, const planning::Plan& plan, CycleReport& report) {
  std::vector<planning::SharedObject> all;
  bool may_start = true;
  for (const auto& fence : plan.fences) {
    const auto applied = apply_shared(fence.object, plan.now);
    log_warnings(first());
    const auto& shared = all.emplace_back(outcome_of(fence.object, applied, away_since_));
    if (shared.standing != Standing::kWritten && shared.standing != Standing::kFailed)
      report.told.push_back(planning::describe(shared));
    if (planning::holds_up_starts(shared)) {
      if (may_start) starts_wait_ = planning::describe(shared);
      may_start = false;
      note_failure(planning::describe(fence), applied.error(), report);
    } else if (applied) {
      ++report.done;
      report.changed = true;
    }
  }
  if (report.lost_lead) return false;
  if (may_start && !starts_wait_.empty()) {
    starts_wait_.clear();
    report.changed = true;  // what was left out of this plan because of it is due
  }
  const auto findings = planning::plan_shared_findings(all, plan.findings, told_);
  auto said = execute_sweep(lead, findings);
  report.changed = report.changed || said.changed;
  report.lost_lead = report.lost_lead || said.lost_lead;
  std::move(said.failed.begin(), said.failed.end(), std::back_inserter(report.failed));
  for (const auto& finding : findings) {
    if (const auto* reported = std::get_if<planning::ReportFinding>(&finding))
      told_[reported->object] = reported->detail;
  }
  return may_start;
}

}  // namespace berth::reconciler
