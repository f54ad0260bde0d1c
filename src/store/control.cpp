#include "store/control.hpp"

#include <fmt/format.h>

#include "store/control_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kInstallation{"control_installation",
                                  R"sql(SELECT id::text AS id FROM berth.installation)sql"};

constexpr pg::Query kClusters{"control_clusters", R"sql(
    SELECT cluster
    FROM berth.pool
    UNION
    SELECT cluster
    FROM berth.session
    WHERE phase <> 'Gone'
    ORDER BY cluster
)sql"};

constexpr pg::Query kTakeLead{"control_take_lead", R"sql(
    INSERT INTO berth.leader AS l (cluster, epoch, holder, since)
    VALUES ($1, 1, $2, clock_timestamp())
    ON CONFLICT (cluster) DO UPDATE
    SET epoch = l.epoch + 1, holder = excluded.holder, since = excluded.since
    RETURNING epoch, (SELECT max(created_at) FROM berth.session WHERE cluster = $1) AS newest_session
)sql"};

// The fence: the row is locked against a new leader until this write is committed, and not there for a stale
// one.
constexpr pg::Query kFence{"control_fence", R"sql(
    SELECT 1 AS one
    FROM berth.leader
    WHERE cluster = $1 AND epoch = $2
    FOR SHARE
)sql"};

constexpr pg::Query kAuthor{"control_author", R"sql(SELECT set_config('berth.actor', $1, true))sql"};

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
//
// Locks are taken in the order leader, reservation, session, events. The portal changes a reservation under
// its pool, the reservation, claims, events, and touches neither leader nor session: whoever has the
// reservation here waits for the lock of events alone, which is everybody's last.
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
    RETURNING reservation::text AS reservation
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

// Bookings of the pool are decided one after the other; so is this.
constexpr pg::Query kLockPoolOfSession{"control_lock_pool", R"sql(
    SELECT pg_advisory_xact_lock(1, r.pool::int), r.id::text AS reservation
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $1
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
        WHERE other.unit = u.id
          AND other.live
          AND other.during && c.during
          AND other.reservation <> $1
      )
      AND NOT EXISTS (SELECT FROM berth.hold h WHERE h.unit = u.id AND h.released_at IS NULL)
)sql"};

constexpr pg::Query kAddHold{"control_add_hold", R"sql(
    INSERT INTO berth.hold (unit, session, since, why)
    SELECT $1, s.id, least(r.end_at, clock_timestamp()), $3
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $2
    ON CONFLICT DO NOTHING
)sql"};

constexpr pg::Query kReleaseHolds{"control_release_holds", R"sql(
    UPDATE berth.hold
    SET released_at = clock_timestamp()
    WHERE session = $1 AND released_at IS NULL
)sql"};

constexpr pg::Query kLiveNamespaces{"control_live_namespaces", R"sql(
    SELECT namespace_name, true AS live
    FROM berth.session
    WHERE phase <> 'Gone'
)sql"};
constexpr pg::Query kNamespaces{"control_namespaces", R"sql(
    SELECT namespace_name, phase <> 'Gone' AS live
    FROM berth.session
    WHERE namespace_name = ANY($1::text[])
)sql"};

constexpr pg::Query kReport{"control_report_finding", R"sql(
    INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp())
    ON CONFLICT DO NOTHING
)sql"};
constexpr pg::Query kResolve{"control_resolve_finding", R"sql(
    UPDATE berth.finding
    SET resolved_at = clock_timestamp()
    WHERE cluster = $1
      AND kind = $2
      AND object = $3
      AND resolved_at IS NULL
)sql"};

constexpr pg::Query kBeat{"control_beat", R"sql(
    INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions, problem)
    VALUES ($1, $2, $3, clock_timestamp(), $4, $5, $6)
    ON CONFLICT (cluster) DO UPDATE
    SET holder = excluded.holder, epoch = excluded.epoch, at = excluded.at,
        cycle_millis = excluded.cycle_millis, sessions = excluded.sessions, problem = excluded.problem
)sql"};

constexpr pg::Query kMaintain{"control_maintain", R"sql(
    SELECT berth.audit_prepare_partitions() AS made, berth.audit_drop_expired() AS dropped,
        (SELECT web_sessions FROM berth.housekeep()) AS cleaned
)sql"};

// Last before the commit: event ids are in commit order.
constexpr pg::Query kEmitOfSession{"control_emit_of_session", R"sql(
    SELECT berth.emit($2, r.pool, r.id, r.owner, r.team)
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $1
)sql"};
constexpr pg::Query kEmitOfReservation{"control_emit_of_reservation", R"sql(
    SELECT berth.emit('reservation', pool, id, owner, team)
    FROM berth.reservation
    WHERE id = $1
)sql"};

constexpr int kTries = 3;

std::string_view state_after(planning::FinishSession::Outcome outcome) {
  return outcome == planning::FinishSession::Outcome::kFailed ? "FAILED" : "COMPLETED";
}

class PgControl final : public Control {
 public:
  PgControl(pg::Settings settings, Log log) : settings_(std::move(settings)), log_(std::move(log)) {}

  Result<std::string> installation() override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kInstallation);
    if (!rows) return fail(rows.error());
    return rows->front().get<std::string>("id");
  }

  Result<std::vector<std::string>> clusters() override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kClusters);
    if (!rows) return fail(rows.error());
    std::vector<std::string> names;
    for (const auto& row : *rows) names.push_back(row.get<std::string>("cluster"));
    return names;
  }

  Result<Lead> take_lead(const std::string& cluster, const std::string& holder) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kTakeLead, cluster, holder);
    if (!rows) return fail(within("raise the epoch", rows.error()));
    const auto& row = rows->front();
    return Lead{cluster, row.get<std::int64_t>("epoch"), holder,
                row.get<std::optional<Instant>>("newest_session")};
  }

  Result<planning::Desired> desired(const std::string& cluster) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto transaction =
        pg::Transaction::begin(*connection_, pg::Isolation::kRepeatableRead, pg::Access::kReadOnly);
    if (!transaction) return fail(transaction.error());
    auto desired = read_desired(*transaction, cluster);
    if (!desired) return desired;
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return desired;
  }

  Result<bool> begin_session(const Lead& lead, const model::ReservationId& reservation, int attempt,
                             const NewSession& session) override {
    bool begun = false;
    auto done = write(lead, [&](pg::Transaction& transaction) -> Status {
      begun = false;
      if (auto active = transaction.exec(kBegin, reservation.value); !active) return fail(active.error());
      auto made = transaction.exec(kInsertSession, reservation.value, session.id.value, attempt, lead.cluster,
                                   session.namespace_name, session.host);
      if (!made) return fail(made.error());
      if (made->affected() == 0) return {};
      begun = true;
      int ordinal = 0;
      for (const auto& step : fresh_steps()) {
        auto row = transaction.exec(kInsertStep, session.id.value, ordinal++, to_string(step.name));
        if (!row) return fail(row.error());
      }
      return run(transaction, kEmitOfReservation, reservation.value);
    });
    if (!done) return fail(within("begin a session", done.error()));
    return begun;
  }

  Status close_reservation(const Lead& lead, const planning::CloseReservation& closed) override {
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      const auto& id = closed.reservation.value;
      const std::string_view state = closed.failed ? "FAILED" : "COMPLETED";
      auto rows = transaction.exec(kLockClosable, id, state);
      if (!rows) return fail(within("lock a reservation", rows.error()));
      if (rows->empty()) return {};
      if (auto claims = transaction.exec(closed.failed ? kDropClaims : kCutClaims, id); !claims) {
        return fail(claims.error());
      }
      if (auto done = transaction.exec(kCloseReservation, id, state, closed.reason); !done) {
        return fail(within("close a reservation", done.error()));
      }
      return run(transaction, kEmitOfReservation, id);
    });
  }

  Status record_steps(const Lead& lead, const model::SessionId& session,
                      const std::vector<model::Step>& steps) override {
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      for (const auto& step : steps) {
        auto done =
            transaction.exec(kUpdateStep, session.value, to_string(step.name), to_string(step.state),
                             step.started_at, step.finished_at, step.tries, step.next_try_at, step.detail);
        if (!done) return fail(within("record a step", done.error()));
      }
      return run(transaction, kEmitOfSession, session.value, "session");
    });
  }

  Status publish_endpoints(const Lead& lead, const model::SessionId& session,
                           const std::vector<model::Endpoint>& endpoints) override {
    json::array list;
    for (const auto& endpoint : endpoints) list.push_back({{"name", endpoint.name}, {"url", endpoint.url}});
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      if (auto done = transaction.exec(kEndpoints, session.value, json::value(list)); !done)
        return fail(done.error());
      return run(transaction, kEmitOfSession, session.value, "session");
    });
  }

  Result<bool> set_phase(const Lead& lead, const model::SessionId& session,
                         const planning::SetPhase& phase) override {
    bool set = false;
    auto written = write(lead, [&](pg::Transaction& transaction) -> Status {
      set = false;
      if (phase.if_over) {
        auto rows = transaction.exec(kLockOver, session.value);
        if (!rows) return fail(within("look whether a reservation is over", rows.error()));
        if (rows->empty() || !rows->front().get<bool>("over")) return {};
      }
      auto done =
          transaction.exec(kSetPhase, session.value, to_string(phase.phase), phase.reason, phase.failed);
      if (!done) return fail(within("set a session's phase", done.error()));
      set = true;
      return run(transaction, kEmitOfSession, session.value, "reservation");
    });
    if (!written) return fail(written.error());
    return set;
  }

  Status finish_session(const Lead& lead, const model::SessionId& session,
                        const planning::FinishSession& outcome) override {
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      if (auto held = transaction.exec(kLockReservation, session.value); !held) {
        return fail(within("lock a reservation", held.error()));
      }
      auto rows = transaction.exec(kGone, session.value);
      if (!rows) return fail(within("finish a session", rows.error()));
      if (rows->empty()) return {};  // done before, by a try that was cut off after its commit
      const auto reservation = rows->front().get<std::string>("reservation");
      if (auto done = transaction.exec(kReleaseHolds, session.value); !done) return fail(done.error());
      if (outcome.outcome != planning::FinishSession::Outcome::kAgain) {
        if (auto done = transaction.exec(kCutClaims, reservation); !done) return fail(done.error());
        auto done =
            transaction.exec(kFinishReservation, reservation, state_after(outcome.outcome), outcome.reason);
        if (!done) return fail(done.error());
      }
      return run(transaction, kEmitOfReservation, reservation);
    });
  }

  Status move_units(const Lead& lead, const model::SessionId& session,
                    const planning::MoveUnits& move) override {
    std::vector<std::int64_t> from;
    std::vector<std::int64_t> to;
    from.reserve(move.from.size());
    to.reserve(move.to.size());
    for (const auto& unit : move.from) from.push_back(unit.value);
    for (const auto& unit : move.to) to.push_back(unit.value);
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      auto locked = transaction.exec(kLockPoolOfSession, session.value);
      if (!locked) return fail(within("lock the pool", locked.error()));
      if (locked->empty()) return fail(Code::kNotFound, fmt::format("no session {}", session.value));
      auto moved = transaction.exec(kMoveUnits, locked->front().get<std::string>("reservation"), from, to);
      if (!moved) return fail(within("move units", moved.error()));
      if (moved->affected() != static_cast<std::int64_t>(from.size())) {
        return fail(Code::kConflict,
                    "another unit was to take the place of one in use, and is taken itself now",
                    "units_taken");
      }
      return run(transaction, kEmitOfSession, session.value, "calendar");
    });
  }

  Status add_hold(const Lead& lead, const model::SessionId& session, model::UnitId unit,
                  const std::string& why) override {
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      if (auto done = transaction.exec(kAddHold, unit.value, session.value, why); !done)
        return fail(done.error());
      return run(transaction, kEmitOfSession, session.value, "calendar");
    });
  }

  Status release_holds(const Lead& lead, const model::SessionId& session) override {
    return write(lead, [&](pg::Transaction& transaction) -> Status {
      if (auto done = transaction.exec(kReleaseHolds, session.value); !done) return fail(done.error());
      return run(transaction, kEmitOfSession, session.value, "calendar");
    });
  }

  Result<NamespaceRows> namespaces(const std::vector<std::string>& names) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = names.empty() ? connection_->exec(kLiveNamespaces) : connection_->exec(kNamespaces, names);
    if (!rows) return fail(within("read namespaces", rows.error()));
    NamespaceRows out;
    for (const auto& row : *rows) {
      (row.get<bool>("live") ? out.live : out.gone).insert(row.get<std::string>("namespace_name"));
    }
    return out;
  }

  Status report_finding(const Lead& lead, const planning::ReportFinding& it) override {
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kReport, lead.cluster, it.kind, it.object, it.detail, it.planned_action);
    });
  }

  Status resolve_finding(const Lead& lead, const planning::ResolveFinding& it) override {
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kResolve, lead.cluster, it.kind, it.object);
    });
  }

  Status beat(const Lead& lead, const Heartbeat& heartbeat) override {
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(heartbeat.cycle).count();
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kBeat, lead.cluster, lead.holder, lead.epoch, millis, heartbeat.sessions,
                 heartbeat.problem);
    });
  }

  Status maintain(const Lead& lead) override {
    return write(lead, [&](pg::Transaction& transaction) { return run(transaction, kMaintain); });
  }

 private:
  Status connect() {
    if (connection_ && !connection_->broken() && connection_->still_open()) return {};
    connection_.reset();
    auto made = pg::Connection::connect(settings_);
    if (!made) return fail(within("connect to the database", made.error()));
    connection_.emplace(std::move(*made));
    return {};
  }

  template <typename... Args>
  static Status run(pg::Transaction& transaction, const pg::Query& query, const Args&... args) {
    auto rows = transaction.exec(query, args...);
    if (!rows) return fail(rows.error());
    return {};
  }

  /// One transaction that begins with the fence and the author.
  template <typename Work>
  Status write(const Lead& lead, Work&& work) {
    if (auto ready = connect(); !ready) return ready;
    return pg::retry_serializable(
        *connection_, pg::Isolation::kReadCommitted, kTries, [&](pg::Transaction& transaction) -> Status {
          auto fence = transaction.exec(kFence, lead.cluster, lead.epoch);
          if (!fence) return fail(fence.error());
          if (fence->empty()) {
            return fail(Code::kConflict,
                        fmt::format("epoch {} of cluster {} is over", lead.epoch, lead.cluster),
                        "stale_epoch");
          }
          auto author = transaction.exec(kAuthor, fmt::format("reconciler:{}", lead.cluster));
          if (!author) return fail(author.error());
          return work(transaction);
        });
  }

  pg::Settings settings_;
  Log log_;
  std::optional<pg::Connection> connection_;
};

}  // namespace

std::unique_ptr<Control> open_control(pg::Settings settings, Log log) {
  return std::make_unique<PgControl>(std::move(settings), std::move(log));
}

}  // namespace berth::store
