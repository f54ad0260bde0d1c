#include "store/session_writes.hpp"

#include <fmt/format.h>

#include <functional>

#include "store/author.hpp"
#include "store/codecs.hpp"
#include "store/desired_rows.hpp"
#include "store/events.hpp"

namespace berth::store::session_writes {
namespace {

constexpr pg::Query kBegin{"control_begin", R"sql(
    UPDATE berth.reservation
    SET state = 'ACTIVE', version = version + 1
    WHERE id = $1
      AND state = 'APPROVED'
      AND start_at <= clock_timestamp()
      AND end_at > clock_timestamp()
)sql"};

// Still due: the reservation is ACTIVE, its window goes on, nobody asked to end it, and it has no session
// now.
constexpr pg::Query kInsertSession{"control_insert_session", R"sql(
    INSERT INTO berth.session (id, reservation, attempt, cluster, namespace_name, host, phase)
    SELECT $2, r.id, $3, $4, $5, $6, 'Starting'
    FROM berth.reservation r
    WHERE r.id = $1
      AND r.state = 'ACTIVE'
      AND r.end_requested_at IS NULL
      AND r.end_at > clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM berth.session s
        WHERE s.reservation = r.id AND (s.phase <> 'Gone' OR s.attempt >= $3)
      )
)sql"};

constexpr pg::Query kInsertStep{"control_insert_step", R"sql(
    INSERT INTO berth.step (session, ordinal, name, state)
    VALUES ($1, $2, $3, 'pending')
)sql"};

// The reservation is locked, then its claims change, and its state comes last: claims of what is over are
// kept as they are.
constexpr pg::Query kLockClosable{"control_lock_closable", R"sql(
    SELECT 1 AS one
    FROM berth.reservation
    WHERE id = $1
      AND state = CASE WHEN $2 = 'FAILED' THEN 'APPROVED' ELSE 'ACTIVE' END
      AND NOT EXISTS (
        SELECT FROM berth.session s
        WHERE s.reservation = $1 AND s.phase <> 'Gone'
      )
    FOR NO KEY UPDATE
)sql"};

constexpr pg::Query kCloseReservation{"control_close_reservation", R"sql(
    UPDATE berth.reservation
    SET state = $2, reason = $3, version = version + 1
    WHERE id = $1
)sql"};

// What never began frees its claims at once.
constexpr pg::Query kDropClaims{"control_drop_claims", R"sql(
    UPDATE berth.reservation_unit
    SET live = false
    WHERE reservation = $1 AND live
)sql"};

constexpr pg::Query kUpdateStep{"control_update_step", R"sql(
    UPDATE berth.step
    SET state = $3, started_at = $4, finished_at = $5, tries = $6, next_try_at = $7, detail = $8
    WHERE session = $1 AND name = $2
)sql"};

constexpr pg::Query kEndpoints{"control_endpoints", R"sql(
    UPDATE berth.session
    SET endpoints = $2
    WHERE id = $1 AND endpoints <> $2
)sql"};

// Waits for an extension that is being committed, and holds off the next one until this transaction is: that
// one then finds the end passed. SHARE, since FOR KEY SHARE would not wait for a change that leaves the key
// alone.
constexpr pg::Query kLockOver{"control_lock_over", R"sql(
    SELECT r.end_at <= clock_timestamp() AS over
    FROM berth.reservation r
    WHERE r.id = (SELECT s.reservation FROM berth.session s WHERE s.id = $1)
    FOR SHARE OF r
)sql"};

constexpr pg::Query kSetPhase{"control_set_phase", R"sql(
    UPDATE berth.session
    SET phase = $2, reason = $3, failed = failed OR $4,
        ready_at = CASE WHEN $2 = 'Ready' THEN coalesce(ready_at, clock_timestamp()) ELSE ready_at END,
        stopping_at = CASE WHEN $2 = 'Stopping' THEN coalesce(stopping_at, clock_timestamp()) ELSE stopping_at END
    WHERE id = $1 AND phase <> 'Gone'
)sql"};

// Before the claims, as the portal has them: the other way round the two could wait for each other.
constexpr pg::Query kLockReservation{"control_lock_reservation", R"sql(
    SELECT r.state
    FROM berth.reservation r
    WHERE r.id = (SELECT s.reservation FROM berth.session s WHERE s.id = $1)
    FOR NO KEY UPDATE OF r
)sql"};

constexpr pg::Query kGone{"control_gone", R"sql(
    UPDATE berth.session
    SET phase = 'Gone', gone_at = clock_timestamp()
    WHERE id = $1 AND phase <> 'Gone'
    RETURNING reservation
)sql"};

// Cut at the instant the session is gone, never lengthened. `live` stays: it is history that usage is
// computed from.
constexpr pg::Query kCutClaims{"control_cut_claims", R"sql(
    UPDATE berth.reservation_unit
    SET during = tstzrange(lower(during), clock_timestamp())
    WHERE reservation = $1
      AND live
      AND upper(during) > clock_timestamp()
      AND lower(during) < clock_timestamp()
)sql"};

constexpr pg::Query kFinishReservation{"control_finish_reservation", R"sql(
    UPDATE berth.reservation
    SET state = $2, reason = CASE WHEN $2 = 'FAILED' OR reason = '' THEN $3 ELSE reason END,
        version = version + 1
    WHERE id = $1 AND state = 'ACTIVE'
)sql"};

constexpr pg::Query kMoveUnits{"control_move_units", R"sql(
    UPDATE berth.reservation_unit c
    SET unit = move.target
    FROM unnest($2::bigint[], $3::bigint[]) AS move(origin, target), berth.unit u
    WHERE c.reservation = $1
      AND c.unit = move.origin
      AND c.live
      AND u.id = move.target
      AND NOT u.out_of_service
      AND u.retired_at IS NULL
      AND EXISTS (
        SELECT FROM berth.reservation r
        WHERE r.id = $1 AND r.state = 'ACTIVE' AND r.end_requested_at IS NULL
      )
      AND NOT EXISTS (
        SELECT FROM berth.reservation_unit other
        WHERE other.device = u.device
          AND other.placement && u.placement
          AND other.live
          AND other.during && c.during
          AND other.reservation <> $1
      )
      AND NOT EXISTS (
        SELECT FROM berth.hold h
        JOIN berth.unit held ON held.id = h.unit
        WHERE held.device = u.device AND held.placement && u.placement AND h.released_at IS NULL
      )
)sql"};

constexpr pg::Query kAddHold{"control_add_hold", R"sql(
    INSERT INTO berth.hold (unit, session, since, why)
    SELECT $1, s.id, least(r.end_at, clock_timestamp()), $3
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $2
    ON CONFLICT DO NOTHING
)sql"};

constexpr pg::Query kHearWish{"session_hear_wish", R"sql(
    SELECT berth.hear_wish($1, $2::uuid, $3) AS heard
)sql"};

constexpr pg::Query kHearActivity{"session_hear_activity", R"sql(
    SELECT berth.hear_activity($1, $2, $3, $4, $5, $6, $7) AS heard
)sql"};

constexpr pg::Query kHearDeviceUse{"session_hear_device_use", R"sql(
    SELECT berth.hear_device_use($1, $2, $3 * interval '1 millisecond') AS heard
)sql"};

constexpr pg::Query kReleaseHolds{"control_release_holds", R"sql(
    UPDATE berth.hold
    SET released_at = clock_timestamp()
    WHERE session = $1 AND released_at IS NULL
)sql"};

constexpr pg::Query kPoolOfSession{"control_pool_of_session", R"sql(
    SELECT r.id, r.pool
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $1
)sql"};

model::ReservationState state_after(planning::FinishSession::Outcome outcome) {
  return outcome == planning::FinishSession::Outcome::kFailed ? model::ReservationState::kFailed
                                                              : model::ReservationState::kCompleted;
}

}  // namespace

Result<bool> begin(pg::Transaction& transaction, const std::string& cluster,
                   const model::ReservationId& reservation, int attempt, const NewSession& session) {
  if (auto active = transaction.exec(kBegin, reservation); !active) {
    return fail(within("begin a session", active.error()));
  }
  const auto made = transaction.exec(kInsertSession, reservation, session.id, attempt, cluster,
                                     session.namespace_name, session.host);
  if (!made) return fail(within("begin a session", made.error()));
  if (made->affected() == 0) return false;
  pg::Batch batch;
  int ordinal = 0;
  for (const auto& step : fresh_steps()) batch.add(kInsertStep, session.id, ordinal++, step.name);
  if (auto steps = transaction.connection().exec(batch); !steps) {
    return fail(within("write a session's steps", steps.error()));
  }
  if (auto told = emit_of(transaction, event_kind::kReservation, reservation); !told)
    return fail(told.error());
  return true;
}

Status close(pg::Transaction& transaction, const planning::CloseReservation& closed) {
  const auto state = closed.failed ? model::ReservationState::kFailed : model::ReservationState::kCompleted;
  const auto rows = transaction.exec(kLockClosable, closed.reservation, state);
  if (!rows) return fail(within("lock a reservation", rows.error()));
  if (rows->empty()) return {};
  const auto& free = closed.failed ? kDropClaims : kCutClaims;
  if (auto claims = transaction.exec(free, closed.reservation); !claims) {
    return fail(within("free the claims of a reservation", claims.error()));
  }
  if (auto done = transaction.exec(kCloseReservation, closed.reservation, state, closed.reason); !done) {
    return fail(within("close a reservation", done.error()));
  }
  return emit_of(transaction, event_kind::kReservation, closed.reservation);
}

Status record(pg::Transaction& transaction, const model::SessionId& session,
              const std::vector<model::Step>& steps) {
  for (const auto& step : steps) {
    const auto done = transaction.exec(kUpdateStep, session, step.name, step.state, step.started_at,
                                       step.finished_at, step.tries, step.next_try_at, step.detail);
    if (!done) return fail(within("record a step", done.error()));
  }
  return emit_of(transaction, event_kind::kSession, session);
}

Status publish(pg::Transaction& transaction, const model::SessionId& session,
               const std::vector<model::Endpoint>& endpoints) {
  json::array list;
  for (const auto& endpoint : endpoints) list.push_back({{"name", endpoint.name}, {"url", endpoint.url}});
  if (auto done = transaction.exec(kEndpoints, session, json::value(std::move(list))); !done) {
    return fail(within("publish endpoints", done.error()));
  }
  return emit_of(transaction, event_kind::kSession, session);
}

Result<bool> set_phase(pg::Transaction& transaction, const model::SessionId& session,
                       const planning::SetPhase& phase) {
  if (phase.only_if == planning::OnlyIf::kReservationOver) {
    const auto rows = transaction.exec(kLockOver, session);
    if (!rows) return fail(within("look whether a reservation is over", rows.error()));
    if (rows->empty() || !rows->front().get<bool>("over")) return false;
  }
  const auto done = transaction.exec(kSetPhase, session, phase.phase, phase.reason, phase.failed);
  if (!done) return fail(within("set a session's phase", done.error()));
  if (auto told = emit_of(transaction, event_kind::kReservation, session); !told) return fail(told.error());
  return true;
}

Status finish(pg::Transaction& transaction, const model::SessionId& session,
              const planning::FinishSession& outcome) {
  if (auto held = transaction.exec(kLockReservation, session); !held) {
    return fail(within("lock a reservation", held.error()));
  }
  const auto rows = transaction.exec(kGone, session);
  if (!rows) return fail(within("finish a session", rows.error()));
  if (rows->empty()) return {};  // done before, by a try that was cut off after its commit
  const auto reservation = rows->front().get<model::ReservationId>("reservation");
  if (auto done = transaction.exec(kReleaseHolds, session); !done) {
    return fail(within("release a session's holds", done.error()));
  }
  if (outcome.outcome != planning::FinishSession::Outcome::kAgain) {
    if (auto done = transaction.exec(kCutClaims, reservation); !done) {
      return fail(within("cut the claims of a reservation", done.error()));
    }
    const auto done =
        transaction.exec(kFinishReservation, reservation, state_after(outcome.outcome), outcome.reason);
    if (!done) return fail(within("finish a reservation", done.error()));
  }
  return emit_of(transaction, event_kind::kReservation, reservation);
}

Status move_units(pg::Transaction& transaction, const model::SessionId& session,
                  const planning::MoveUnits& move) {
  const auto rows = transaction.exec(kPoolOfSession, session);
  if (!rows) return fail(within("look up a session's pool", rows.error()));
  if (rows->empty()) return fail(Code::kNotFound, fmt::format("no session {}", session.value));
  // Bookings of the pool are decided one after the other; so is this.
  const auto pool = rows->front().get<model::PoolId>("pool");
  if (auto locked = lock_pool(transaction, pool); !locked) return locked;
  const auto reservation = rows->front().get<model::ReservationId>("id");
  const auto moved = transaction.exec(kMoveUnits, reservation, move.from, move.to);
  if (!moved) return fail(within("move units", moved.error()));
  if (moved->affected() != static_cast<std::int64_t>(move.from.size())) {
    return fail(Code::kConflict, "another unit was to take the place of one in use, and is taken itself now",
                "units_taken");
  }
  return emit_of(transaction, event_kind::kCalendar, session);
}

Status hold(pg::Transaction& transaction, const model::SessionId& session, model::UnitId unit,
            const std::string& why) {
  if (auto done = transaction.exec(kAddHold, unit, session, why); !done) {
    return fail(within("write a hold", done.error()));
  }
  return emit_of(transaction, event_kind::kCalendar, session);
}

Status release_holds(pg::Transaction& transaction, const model::SessionId& session) {
  if (auto done = transaction.exec(kReleaseHolds, session); !done) {
    return fail(within("release a session's holds", done.error()));
  }
  return emit_of(transaction, event_kind::kCalendar, session);
}

Result<bool> hear_wish(pg::Transaction& transaction, const model::SessionId& session,
                       const said::Wish& wish) {
  const auto rows = transaction.exec(kHearWish, session, wish.id, wish.until);
  if (!rows) return fail(within("write down what a workspace wishes", rows.error()));
  return rows->front().get<bool>("heard");
}

Status hear_activity(pg::Transaction& transaction, const std::vector<planning::NewActivity>& said) {
  pg::Batch batch;
  for (const auto& [session, what] : said) {
    const auto lab = [&](auto member) {
      return what.lab ? std::optional(std::invoke(member, *what.lab)) : std::nullopt;
    };
    batch.add(kHearActivity, session, what.looked_at, what.editor.has_value(),
              what.editor ? what.editor->used_at : std::nullopt, lab(&said::LabUse::used_at),
              lab(&said::LabUse::kernels), lab(&said::LabUse::busy));
  }
  if (auto heard = transaction.connection().exec(batch); !heard)
    return fail(within("write down when workspaces were used", heard.error()));
  return {};
}

Status hear_device_use(pg::Transaction& transaction, const std::vector<DeviceSample>& samples) {
  pg::Batch batch;
  for (const auto& it : samples) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(it.age).count();
    batch.add(kHearDeviceUse, it.namespace_name, it.busy_permille, static_cast<double>(age));
  }
  if (auto heard = transaction.connection().exec(batch); !heard)
    return fail(within("write down how busy devices are", heard.error()));
  return {};
}

}  // namespace berth::store::session_writes
