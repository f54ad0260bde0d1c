#include "storetwin/session_writes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/desired_rows.hpp"
#include "store/events.hpp"

namespace berth::storetwin::session_writes {
namespace {

using model::ReservationState;
using model::SessionPhase;

// As PostgreSQL names what a constraint refuses.
constexpr const char* kUniqueViolation = "23505";
constexpr const char* kCheckViolation = "23514";
constexpr std::size_t kRememberedWishes = 32;

model::Session* find(Change& change, const model::SessionId& id) {
  const auto found = change.tables.sessions.find(id);
  return found == change.tables.sessions.end() ? nullptr : &found->second.session;
}

model::Reservation* find(Change& change, const model::ReservationId& id) {
  const auto found = change.tables.reservations.find(id);
  return found == change.tables.reservations.end() ? nullptr : &found->second;
}

/// Cut at now, never lengthened.
void cut_claims(Change& change, const model::ReservationId& reservation) {
  for (auto& claim : change.tables.claims) {
    if (claim.reservation != reservation || !claim.live) continue;
    if (claim.during.start < change.now() && change.now() < claim.during.end) claim.during.end = change.now();
  }
}

void drop_claims(Change& change, const model::ReservationId& reservation) {
  for (auto& claim : change.tables.claims) {
    if (claim.reservation == reservation) claim.live = false;
  }
}

void release(Change& change, const model::SessionId& session) {
  for (auto& hold : change.tables.holds) {
    if (hold.session == session && !hold.released_at) hold.released_at = change.now();
  }
}

void set(Change& change, model::Session& session, SessionPhase phase) {
  if (session.phase == phase) return;
  session.phase = phase;
  change.audit_changed("session", session.id.value);
}

Status check_new(const Change& change, int attempt, const store::NewSession& session) {
  if (attempt <= 0) return fail(Code::kInternal, "an attempt is counted from 1", kCheckViolation);
  const auto taken = [&](const auto& entry) {
    return entry.first == session.id || entry.second.session.namespace_name == session.namespace_name ||
           entry.second.session.host == session.host;
  };
  const auto& all = change.tables.sessions;
  if (std::none_of(all.begin(), all.end(), taken)) return {};
  return fail(Code::kConflict, "a session has this id, namespace or host", kUniqueViolation);
}

}  // namespace

Result<bool> begin(Change& change, const std::string& cluster, const model::ReservationId& reservation,
                   int attempt, const store::NewSession& session) {
  auto* of = find(change, reservation);
  if (of == nullptr) return false;
  if (of->state == ReservationState::kApproved && of->window.contains(change.now())) {
    change.change_state(*of, ReservationState::kActive);
  }
  const auto* latest = session_of(change.tables, reservation);
  const bool has_one =
      latest != nullptr && (latest->phase != SessionPhase::kGone || latest->attempt >= attempt);
  if (of->state != ReservationState::kActive || of->end_requested_at || of->window.end <= change.now() ||
      has_one) {
    return false;
  }
  if (auto good = check_new(change, attempt, session); !good) return fail(good.error());
  model::Session made;
  made.id = session.id;
  made.reservation = reservation;
  made.attempt = attempt;
  made.namespace_name = session.namespace_name;
  made.host = session.host;
  made.created_at = change.now();
  made.steps = store::fresh_steps();
  change.tables.sessions.emplace(session.id, SessionRow{cluster, std::move(made)});
  change.audit_made("session", session.id.value);
  change.tell(store::event_kind::kReservation, *of);
  return true;
}

void close(Change& change, const planning::CloseReservation& closed) {
  auto* of = find(change, closed.reservation);
  const auto from = closed.failed ? ReservationState::kApproved : ReservationState::kActive;
  if (of == nullptr || of->state != from || live_session_of(change.tables, of->id) != nullptr) return;
  closed.failed ? drop_claims(change, of->id) : cut_claims(change, of->id);
  of->reason = closed.reason;
  change.change_state(*of, closed.failed ? ReservationState::kFailed : ReservationState::kCompleted);
  change.tell(store::event_kind::kReservation, *of);
}

void record(Change& change, const model::SessionId& id, const std::vector<model::Step>& steps) {
  auto* session = find(change, id);
  if (session == nullptr) return;
  for (const auto& step : steps) {
    for (auto& kept : session->steps) {
      if (kept.name == step.name) kept = step;
    }
  }
  change.tell_of_session(store::event_kind::kSession, id);
}

void publish(Change& change, const model::SessionId& id, const std::vector<model::Endpoint>& endpoints) {
  auto* session = find(change, id);
  if (session == nullptr) return;
  session->endpoints = endpoints;
  change.tell_of_session(store::event_kind::kSession, id);
}

Result<bool> set_phase(Change& change, const model::SessionId& id, const planning::SetPhase& phase) {
  auto* session = find(change, id);
  if (phase.only_if == planning::OnlyIf::kReservationOver) {
    if (session == nullptr || change.reservation(session->reservation).window.end > change.now())
      return false;
  }
  if (session != nullptr && session->phase != SessionPhase::kGone) {
    if (phase.phase == SessionPhase::kGone) {
      return fail(Code::kInternal, "a session is Gone by finish_session alone", kCheckViolation);
    }
    set(change, *session, phase.phase);
    session->reason = phase.reason;
    session->failed = session->failed || phase.failed;
    if (phase.phase == SessionPhase::kReady) session->ready_at = session->ready_at.value_or(change.now());
    if (phase.phase == SessionPhase::kStopping)
      session->stopping_at = session->stopping_at.value_or(change.now());
  }
  change.tell_of_session(store::event_kind::kReservation, id);
  return true;
}

void finish(Change& change, const model::SessionId& id, const planning::FinishSession& outcome) {
  using Outcome = planning::FinishSession::Outcome;
  auto* session = find(change, id);
  if (session == nullptr || session->phase == SessionPhase::kGone) return;
  set(change, *session, SessionPhase::kGone);
  change.tables.wishes.erase(id);
  change.tables.activity.erase(id);
  change.tables.device_use.erase(id);
  session->gone_at = change.now();
  release(change, id);
  auto& of = change.reservation(session->reservation);
  if (outcome.outcome != Outcome::kAgain) {
    cut_claims(change, of.id);
    if (of.state == ReservationState::kActive) {
      const bool failed = outcome.outcome == Outcome::kFailed;
      if (failed || of.reason.empty()) of.reason = outcome.reason;
      change.change_state(of, failed ? ReservationState::kFailed : ReservationState::kCompleted);
    }
  }
  change.tell(store::event_kind::kReservation, of);
}

void release_holds(Change& change, const model::SessionId& session) {
  release(change, session);
  change.tell_of_session(store::event_kind::kCalendar, session);
}

namespace {

bool is_up(const model::Session* session) {
  return session != nullptr &&
         (session->phase == SessionPhase::kReady || session->phase == SessionPhase::kDegraded);
}

}  // namespace

bool hear_wish(Change& change, const model::SessionId& id, const said::Wish& wish) {
  const auto* session = find(change, id);
  if (!is_up(session)) return false;
  if (wish.until <= change.now() || wish.until > change.now() + planning::kFurthestWish) return false;
  const auto& of = change.reservation(session->reservation);
  if (of.state != ReservationState::kActive || of.end_requested_at || of.window.end <= change.now())
    return false;
  auto& wishes = change.tables.wishes;
  const auto last = wishes.find(id);
  planning::HeardWish heard{.id = wish.id, .asked_at = change.now()};
  if (last != wishes.end()) {
    const auto& before = last->second;
    heard.earlier = {before.id};
    heard.earlier.insert(heard.earlier.end(), before.earlier.begin(), before.earlier.end());
    const auto waits = before.answer.empty() ? planning::kWishWaits : planning::kBetweenWishes;
    const bool known = std::find(heard.earlier.begin(), heard.earlier.end(), wish.id) != heard.earlier.end();
    if (known || before.asked_at + waits > change.now()) return false;
    heard.earlier.resize(std::min(heard.earlier.size(), kRememberedWishes));
  }
  wishes.insert_or_assign(id, std::move(heard));
  return true;
}

void hear_activity(Change& change, const planning::NewActivity& said) {
  if (!is_up(find(change, said.session))) return;
  const auto now = change.now();
  auto heard = said.what;
  heard.looked_at = std::min(heard.looked_at, now);
  auto& all = change.tables.activity;
  if (const auto last = all.find(said.session); last != all.end()) {
    const auto& [at, before] = last->second;
    if (heard.looked_at <= before.looked_at || now < at + planning::kBetweenHeard) return;
  }
  all.insert_or_assign(said.session, Used{now, std::move(heard)});
}

void hear_device_use(Change& change, const store::DeviceSample& sample) {
  if (sample.busy_permille < 0 || sample.busy_permille > 1000) return;
  if (sample.age < Duration(0) || sample.age > minutes(10)) return;
  const auto looked = change.now() - sample.age;
  for (auto& [id, row] : change.tables.sessions) {
    if (row.session.namespace_name != sample.namespace_name) continue;
    if (!is_up(&row.session) || row.session.created_at > looked) continue;
    const bool used = sample.busy_permille >= said::kUsedFromPermille;
    const auto [it, fresh] = change.tables.device_use.try_emplace(id, said::DeviceUse{looked, looked});
    auto& known = it->second;
    if (!fresh && known.looked_at > looked - planning::kBetweenHeard) return;
    known.looked_at = looked;
    known.busy_permille = sample.busy_permille;
    if (used) known.used_at = looked;
  }
}

}  // namespace berth::storetwin::session_writes
