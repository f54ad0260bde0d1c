#include "reconciler/executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "manifests/manifests.hpp"
#include "reconciler/step_ledger.hpp"

namespace berth::reconciler {
namespace {

constexpr std::size_t kPasswordBytes = 24;
constexpr std::size_t kNamePart = 10;  // 36^10 names: none comes twice
constexpr std::size_t kHostPart = 16;  // about 82 bits: nobody guesses one
constexpr std::string_view kLostLead = "not_leading";
/// What was planned no longer holds: no failure, but a reason to look again.
constexpr std::string_view kOvertaken = "overtaken";

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

store::NewSession new_session(const planning::Desired& desired, const model::ReservationId& reservation,
                              Random& random) {
  std::string domain = "localhost";
  for (const auto& due : desired.due) {
    if (due.booked.reservation.id == reservation) domain = due.booked.site.apps_domain;
  }
  return {model::SessionId{random_uuid(random)},
          fmt::format("berth-s-{}", random_name_part(random, kNamePart)),
          fmt::format("w{}.{}", random_name_part(random, kHostPart), domain)};
}

const planning::DesiredSession* find_session(const planning::Desired& desired, const model::SessionId& id) {
  for (const auto& wanted : desired.sessions) {
    if (wanted.session.id == id) return &wanted;
  }
  return nullptr;
}

bool means_lost_lead(const Error& error) {
  return error.slug == kLostLead || error.slug == "stale_epoch" || error.slug == kube::kMayNotWriteSlug;
}

/// One plan may take several steps: its effects come before the word on how their step stands.
std::optional<model::StepName> step_of(const planning::SessionWork& work, std::size_t effect) {
  for (auto i = effect; i < work.effects.size(); ++i) {
    if (const auto* record = std::get_if<planning::RecordStep>(&work.effects[i])) return record->step;
  }
  return work.step;
}

Status confirm_gone(Hands& hands, const planning::SessionWork& work) {
  auto gone = hands.namespace_gone(work.namespace_name, work.session);
  if (!gone) return fail(gone.error());
  if (!*gone) return fail(Code::kConflict, fmt::format("namespace {} is still there", work.namespace_name));
  return {};
}

/// What must not run ahead of the cluster-wide policies. Ends and repairs go on without: they only take away
/// or fence.
bool brings_up(const planning::Action& action) {
  const auto* work = std::get_if<planning::SessionWork>(&action);
  return std::holds_alternative<planning::BeginSession>(action) || (work != nullptr && work->brings_up);
}

}  // namespace

struct Executor::Outcome {
  std::optional<Error> error;
  bool wrote = false;

  /// All of them are told; the loss of the lead is what they are told as.
  void failed(const Error& more) {
    if (!error) {
      error = more;
      return;
    }
    if (means_lost_lead(more)) error->slug = more.slug;
    error->message += "; " + more.message;
  }
};

Executor::Executor(std::vector<Worker> workers, std::function<bool()> may_write,
                   std::function<void()> after_effect, Log log)
    : workers_(std::move(workers)),
      may_write_(std::move(may_write)),
      after_effect_(std::move(after_effect)),
      log_(std::move(log)) {}

Status Executor::guarded(const std::function<Status()>& effect) {
  if (!may_write_()) return fail(Code::kConflict, "another reconciler leads", std::string(kLostLead));
  auto done = effect();
  if (done) after_effect_();
  return done;
}

void Executor::log_warnings(Worker& worker) {
  for (auto& text : worker.hands.take_warnings()) {
    if (warnings_logged_.size() == kMaxWarningsLogged) return;
    if (const auto [it, fresh] = warnings_logged_.insert(std::move(text)); fresh) {
      log_.warning("the cluster's API warns", {{"warning", *it}});
    }
  }
}

Status Executor::apply(Worker& worker, const manifests::Object& object, Instant now) {
  const planning::ObjectKey key{object.kind.plural, object.namespace_name, object.name};
  if (auto waiting = rewritten_.waiting(key, now)) return fail(std::move(*waiting));
  auto done = guarded([&] { return worker.hands.apply(object); });
  rewritten_.tried(key, now, done);
  return done;
}

Status Executor::run_effect(Worker& worker, const store::Lead& lead, const planning::SessionWork& work,
                            const planning::SessionEffect& effect, StepLedger& steps) {
  auto& control = *worker.control;
  auto& hands = worker.hands;
  // Steps are written before what depends on them being known, and with the rest at the end.
  const auto flush = [&]() -> Status {
    const auto changed = steps.changed();
    if (changed.empty()) return {};
    auto done = guarded([&] { return control.record_steps(lead, work.session, changed); });
    if (done) steps.written();
    return done;
  };
  return std::visit(
      Overloaded{
          [&](const planning::MakeNamespace& it) {
            return guarded([&] { return hands.make_namespace(it.object); });
          },
          [&](const planning::ApplyObject& it) { return guarded([&] { return hands.apply(it.object); }); },
          [&](const planning::MakeAccessSecret&) -> Status {
            return fail(Code::kInternal, "the access secret is made with its session at hand");
          },
          [&](const planning::RecordStep& it) -> Status {
            steps.record(it);
            return {};
          },
          [&](const planning::PublishEndpoints& it) {
            return guarded([&] { return control.publish_endpoints(lead, work.session, it.endpoints); });
          },
          [&](const planning::SetPhase& it) -> Status {
            if (it.if_gone) {
              if (auto gone = confirm_gone(hands, work); !gone) return gone;
            }
            if (auto flushed = flush(); !flushed) return flushed;
            return guarded([&]() -> Status {
              auto set = control.set_phase(lead, work.session, it);
              if (!set) return fail(set.error());
              if (!*set) return fail(Code::kConflict, "it was extended meanwhile", std::string(kOvertaken));
              return {};
            });
          },
          [&](const planning::DeleteNamespace& it) {
            return guarded([&] { return hands.delete_namespace(it.name, it.uid); });
          },
          [&](const planning::MoveUnits& it) {
            return guarded([&] { return control.move_units(lead, work.session, it); });
          },
          [&](const planning::AddHold& it) {
            return guarded([&] { return control.add_hold(lead, work.session, it.unit, it.why); });
          },
          [&](const planning::ReleaseHolds&) {
            return guarded([&] { return control.release_holds(lead, work.session); });
          },
          [&](const planning::FinishSession& it) -> Status {
            if (auto gone = confirm_gone(hands, work); !gone) return gone;
            return guarded([&] { return control.finish_session(lead, work.session, it); });
          }},
      effect);
}

Executor::Outcome Executor::run(Worker& worker, const store::Lead& lead, const planning::Desired& desired,
                                const planning::Action& action) {
  Outcome outcome;
  const auto note = [&](Status done) {
    if (done) {
      outcome.wrote = true;
    } else {
      outcome.error = done.error();
    }
  };
  std::visit(
      Overloaded{[&](const planning::CloseReservation& it) {
                   note(guarded([&] { return worker.control->close_reservation(lead, it); }));
                 },
                 [&](const planning::BeginSession& it) {
                   SystemRandom random;
                   const auto session = new_session(desired, it.reservation, random);
                   note(guarded([&]() -> Status {
                     auto done = worker.control->begin_session(lead, it.reservation, it.attempt, session);
                     return done ? Status{} : Status{fail(done.error())};
                   }));
                 },
                 [&](const planning::ApplyObject& it) { note(apply_shared(it.object, desired.now)); },
                 [&](const planning::SessionWork& it) {
                   const auto* wanted = find_session(desired, it.session);
                   if (wanted == nullptr) return;
                   StepLedger steps(wanted->session.steps, desired.now);
                   for (std::size_t i = 0; i < it.effects.size(); ++i) {
                     const auto& effect = it.effects[i];
                     const auto step = step_of(it, i);
                     const auto* object = std::get_if<planning::ApplyObject>(&effect);
                     Status done;
                     if (std::holds_alternative<planning::MakeAccessSecret>(effect)) {
                       SystemRandom random;
                       const manifests::SessionSpec spec{desired.installation,
                                                         wanted->session,
                                                         wanted->booked.reservation,
                                                         wanted->booked.device_class,
                                                         wanted->booked.node,
                                                         wanted->booked.units,
                                                         wanted->booked.site,
                                                         wanted->booked.owner_email,
                                                         {}};
                       const auto secret =
                           manifests::access_secret(spec, random_secret(random, kPasswordBytes));
                       done = guarded([&] { return worker.hands.apply(secret); });
                     } else if (object != nullptr && !step) {
                       done = apply(worker, object->object, desired.now);
                     } else {
                       done = run_effect(worker, lead, it, effect, steps);
                     }
                     if (!done && done.error().slug == kOvertaken) {
                       outcome.wrote = true;  // the next cycle follows at once
                       break;
                     }
                     if (!done) {
                       const bool lost_lead = means_lost_lead(done.error());
                       outcome.failed(done.error());
                       if (step && !lost_lead) steps.failed(*step, done.error().message);
                       if (lost_lead || !it.independent) break;
                       continue;
                     }
                     if (!std::holds_alternative<planning::RecordStep>(effect)) outcome.wrote = true;
                   }
                   const auto changed = steps.changed();
                   if (changed.empty() || (outcome.error && means_lost_lead(*outcome.error))) return;
                   auto written =
                       guarded([&] { return worker.control->record_steps(lead, it.session, changed); });
                   if (written) {
                     outcome.wrote = true;
                   } else if (!outcome.error) {
                     outcome.error = written.error();
                   }
                 }},
      action);
  return outcome;
}

void Executor::note_failure(const planning::Action& action, const Error& error, CycleReport& report) {
  report.lost_lead = report.lost_lead || means_lost_lead(error);
  report.failed.push_back(fmt::format("{}: {}", planning::describe(action), error.message));
  log_.warning("an action failed", {{"action", planning::describe(action)}, {"error", error.message}});
}

CycleReport Executor::execute(const store::Lead& lead, const planning::Desired& desired,
                              std::vector<planning::Action> actions) {
  CycleReport report;
  std::mutex mutex;
  const auto take = [&](Worker& worker, const planning::Action& action) {
    auto outcome = run(worker, lead, desired, action);
    const std::lock_guard lock(mutex);
    log_warnings(worker);
    report.changed = report.changed || outcome.wrote;
    if (!outcome.error) {
      ++report.done;
      return;
    }
    note_failure(action, *outcome.error, report);
  };

  // Cluster-wide objects fence every session, so they are all in place before the rest begins.
  const auto rest = std::stable_partition(actions.begin(), actions.end(), [](const planning::Action& action) {
    return std::holds_alternative<planning::ApplyObject>(action);
  });
  const bool may_start = keep_shared(lead, desired, {actions.begin(), rest}, report);
  if (report.lost_lead) return report;
  const auto last =
      may_start ? actions.end()
                : std::stable_partition(rest, actions.end(),
                                        [](const planning::Action& action) { return !brings_up(action); });

  const auto count = static_cast<std::size_t>(last - rest);
  std::atomic<std::size_t> next{0};
  const auto work = [&](Worker& worker) {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      take(worker, *(rest + static_cast<std::ptrdiff_t>(i)));
    }
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(workers_.size(), count); ++i) {
    helpers.emplace_back([&, i] { work(workers_[i]); });
  }
  work(workers_.front());
  helpers.clear();  // joins
  return report;
}

CycleReport Executor::execute_sweep(const store::Lead& lead,
                                    const std::vector<planning::SweepAction>& actions) {
  CycleReport report;
  auto& worker = first();
  for (const auto& action : actions) {
    auto done = guarded([&]() -> Status {
      return std::visit(
          Overloaded{
              [&](const planning::RemoveNamespace& it) {
                log_.warning("removing a namespace without a session",
                             {{"namespace", it.name}, {"reason", it.reason}});
                return worker.hands.delete_namespace(it.name, it.uid);
              },
              [&](const planning::RemoveGrant& it) {
                log_.warning("removing a grant", {{"object", it.grant.name}, {"reason", it.reason}});
                return worker.hands.remove_grant(it.grant);
              },
              [&](const planning::ReportFinding& it) { return worker.control->report_finding(lead, it); },
              [&](const planning::ResolveFinding& it) { return worker.control->resolve_finding(lead, it); }},
          action);
    });
    log_warnings(worker);
    if (done) {
      ++report.done;
      report.changed = true;
      continue;
    }
    report.lost_lead = report.lost_lead || means_lost_lead(done.error());
    report.failed.push_back(done.error().message);
    log_.warning("a sweep action failed", {{"error", done.error().message}});
  }
  return report;
}

}  // namespace berth::reconciler
