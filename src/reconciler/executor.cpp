#include "reconciler/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "reconciler/homes.hpp"

namespace berth::reconciler {
namespace {

constexpr std::size_t kNamePart = 10;  // 36^10 names: none comes twice
constexpr std::size_t kHostPart = 16;  // about 82 bits: nobody guesses one

store::NewSession new_session(const std::string& apps_domain) {
  SystemRandom random;
  return {model::SessionId{random_uuid(random)},
          fmt::format("{}{}", manifests::kNamespacePrefix, random_name_part(random, kNamePart)),
          fmt::format("w{}.{}", random_name_part(random, kHostPart), apps_domain)};
}

}  // namespace

struct Executor::Turn {
  Worker& worker;
  const store::Lead& lead;
  Instant now;
  const Guard& guard;
};

Executor::Executor(std::vector<Worker> workers, std::function<bool()> may_write,
                   std::function<void()> after_effect, Log log, AwaySince away_since)
    : workers_(std::move(workers)),
      guard_(std::move(may_write), std::move(after_effect)),
      away_since_(std::move(away_since)),
      log_(std::move(log)) {}

void Executor::log_warnings(Worker& worker) {
  for (auto& text : worker.writes.take_warnings()) {
    if (warnings_logged_.size() == kMaxWarningsLogged) return;
    if (const auto [it, fresh] = warnings_logged_.insert(std::move(text)); fresh) {
      log_.warning("the cluster's API warns", {{"warning", *it}});
    }
  }
}

Outcome Executor::perform(const Turn& turn, const planning::CloseReservation& it) {
  Outcome outcome;
  outcome.add(turn.guard([&] { return done(turn.worker.control->close_reservation(turn.lead, it)); }));
  return outcome;
}

Outcome Executor::perform(const Turn& turn, const planning::BeginSession& it) {
  const auto session = new_session(it.apps_domain);
  Outcome outcome;
  outcome.add(turn.guard([&]() -> Done {
    const auto begun = turn.worker.control->begin_session(turn.lead, it.reservation, it.attempt, session);
    return begun ? Done{} : done(fail(begun.error()));
  }));
  return outcome;
}

Outcome Executor::perform(const Turn& turn, const planning::SessionWork& it) {
  return SessionRun(turn.worker, turn.lead, it, turn.now, guard_, rewritten_, away_since_).run();
}

Outcome Executor::perform(const Turn& turn, const planning::KeepOutages& it) {
  auto& control = *turn.worker.control;
  Outcome outcome;
  if (!it.begin.empty() || !it.end.empty())
    outcome.add(turn.guard([&] { return done(control.keep_outages(turn.lead, it)); }));
  for (const auto& one : it.report)
    outcome.add(turn.guard([&] { return done(control.report_finding(turn.lead, one)); }));
  for (const auto& one : it.resolve)
    outcome.add(turn.guard([&] { return done(control.resolve_finding(turn.lead, one)); }));
  return outcome;
}

// One effect: a token without its answer is of use to nobody, so there is nothing between the two to go on
// from.
Outcome Executor::perform(const Turn& turn, const planning::AnswerKubeconfig& it) {
  auto& control = *turn.worker.control;
  Outcome outcome;
  outcome.add(turn.guard([&]() -> Done {
    const auto access = turn.worker.writes.make_access(it);
    if (!access) return done(fail(access.error()));
    const auto sealed = entry::seal(it.key, entry::to_text(*access));
    if (!sealed) return done(control.drop_kubeconfig(turn.lead, it.request));
    return done(control.answer_kubeconfig(turn.lead, it.request, *sealed));
  }));
  return outcome;
}

Outcome Executor::perform(const Turn& turn, const planning::DropKubeconfig& it) {
  Outcome outcome;
  outcome.add(turn.guard([&] { return done(turn.worker.control->drop_kubeconfig(turn.lead, it.request)); }));
  return outcome;
}

Outcome Executor::perform(const Turn& turn, const planning::RemoveHome& it) {
  return remove_home({turn.worker, turn.lead, turn.guard}, it);
}

// What is done is written down first: of a label that nobody knows to have been given nobody knows when. One
// effect: what was written without the label is of use to nobody, and is made good once the label was not
// seen.
Outcome Executor::perform(const Turn& turn, const planning::KeepLayout& it) {
  auto& control = *turn.worker.control;
  Outcome outcome;
  if (it.order != 0) {
    const auto kept = turn.guard([&]() -> Done {
      if (auto written = done(control.keep_layout(turn.lead, it)); !written) return written;
      return it.label ? done(turn.worker.writes.give_layout(it.node, *it.label)) : Done{};
    });
    outcome.add(kept);
    if (!kept) return outcome;
  }
  for (const auto& one : it.report)
    outcome.add(turn.guard([&] { return done(control.report_finding(turn.lead, one)); }));
  for (const auto& one : it.resolve)
    outcome.add(turn.guard([&] { return done(control.resolve_finding(turn.lead, one)); }));
  return outcome;
}

void Executor::note_failure(const std::string& action, const Undone& undone, CycleReport& report) {
  const auto& message = undone.error.message;
  report.lost_lead = report.lost_lead || undone.why == Why::kLostLead;
  report.failed.push_back(fmt::format("{}: {}", action, told_plainly(undone.error)));
  log_.warning("an action failed", {{"action", action}, {"error", message}});
}

CycleReport Executor::execute(const store::Lead& lead, const planning::Plan& plan) {
  CycleReport report;
  std::mutex mutex;
  const auto take = [&](Worker& worker, const planning::Action& action) {
    const Turn turn{worker, lead, plan.now, guard_};
    const auto outcome = std::visit([&](const auto& it) { return perform(turn, it); }, action);
    const std::lock_guard lock(mutex);
    log_warnings(worker);
    report.changed = report.changed || outcome.wrote;
    if (!outcome.undone) {
      ++report.done;
      return;
    }
    note_failure(planning::describe(action), *outcome.undone, report);
  };

  // Fences are all in place before the rest begins; without them, nothing is brought up.
  const bool may_start = keep_shared(lead, plan, report);
  if (report.lost_lead) return report;
  std::vector<const planning::Action*> rest;
  for (const auto& action : plan.actions) {
    if (may_start || stage_of(action) == planning::Stage::kAnyTime) rest.push_back(&action);
  }

  std::atomic<std::size_t> next{0};
  const auto work = [&](Worker& worker) {
    for (auto i = next.fetch_add(1); i < rest.size(); i = next.fetch_add(1)) take(worker, *rest[i]);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(workers_.size(), rest.size()); ++i) {
    helpers.emplace_back([&, i] { work(workers_[i]); });
  }
  work(workers_.front());
  helpers.clear();  // joins
  write_activity(lead, plan, report);
  return report;
}

void Executor::write_activity(const store::Lead& lead, const planning::Plan& plan, CycleReport& report) {
  if (plan.activity.empty() || report.lost_lead) return;
  const auto written = guard_([&] { return done(first().control->hear_activity(lead, plan.activity)); });
  if (written) return;
  report.lost_lead = written.error().why == Why::kLostLead;
  log_.warning("when workspaces were used was not written down", {{"error", written.error().error.message}});
}

Status Executor::sweep(Worker& worker, const store::Lead&, const planning::RemoveNamespace& it) {
  log_.warning("removing a namespace without a session", {{"namespace", it.name}, {"reason", it.reason}});
  return worker.writes.delete_namespace(it.name, it.uid);
}

Status Executor::sweep(Worker& worker, const store::Lead&, const planning::RemoveGrant& it) {
  log_.warning("removing a grant", {{"object", it.grant.name}, {"reason", it.reason}});
  return worker.writes.remove_grant(it.grant);
}

Status Executor::sweep(Worker& worker, const store::Lead& lead, const planning::ReportFinding& it) {
  return worker.control->report_finding(lead, it);
}

Status Executor::sweep(Worker& worker, const store::Lead& lead, const planning::ResolveFinding& it) {
  return worker.control->resolve_finding(lead, it);
}

CycleReport Executor::execute_sweep(const store::Lead& lead,
                                    const std::vector<planning::SweepAction>& actions) {
  CycleReport report;
  auto& worker = first();
  for (const auto& action : actions) {
    const auto swept = guard_(
        [&] { return done(std::visit([&](const auto& it) { return sweep(worker, lead, it); }, action)); });
    log_warnings(worker);
    if (swept) {
      ++report.done;
      report.changed = true;
      continue;
    }
    report.lost_lead = report.lost_lead || swept.error().why == Why::kLostLead;
    report.failed.push_back(swept.error().error.message);
    log_.warning("a sweep action failed", {{"error", swept.error().error.message}});
  }
  return report;
}

}  // namespace berth::reconciler
