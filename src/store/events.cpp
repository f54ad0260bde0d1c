#include "store/events.hpp"

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kKept{"event_kept", R"sql(
    SELECT coalesce(min(id), 0) AS oldest, coalesce(max(id), 0) AS newest
    FROM berth.event
)sql"};
constexpr pg::Query kAfter{"event_after", R"sql(
    SELECT e.id, e.at, e.kind, p.name AS pool, e.reservation, e.owner, e.team
    FROM berth.event e
    LEFT JOIN berth.pool p ON p.id = e.pool
    WHERE e.id > $1
    ORDER BY e.id
    LIMIT $2
)sql"};
constexpr pg::Query kBefore{"event_before", R"sql(
    SELECT coalesce(min(id) - 1, $1) AS before
    FROM (SELECT id FROM berth.event WHERE id <= $1 ORDER BY id DESC LIMIT $2) last
)sql"};
constexpr pg::Query kEmit{"event_emit", R"sql(SELECT berth.emit($1, $2, $3, $4, $5))sql"};
constexpr pg::Query kEmitAll{"event_emit_all", R"sql(
    SELECT berth.emit_all($1, $2, $3::uuid[], $4::uuid[], $5::uuid[])
)sql"};
constexpr pg::Query kEmitOfReservation{"event_emit_of_reservation", R"sql(
    SELECT berth.emit($1, pool, id, owner, team)
    FROM berth.reservation
    WHERE id = $2
)sql"};
constexpr pg::Query kEmitOfSession{"event_emit_of_session", R"sql(
    SELECT berth.emit($1, r.pool, r.id, r.owner, r.team)
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.id = $2
)sql"};

}  // namespace

Result<Events> events_after(pg::Connection& connection, std::int64_t id) {
  pg::Batch batch;
  batch.add(kKept);
  batch.add(kAfter, id, kMaxEventsAtOnce);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read events", answers.error()));
  const auto kept = answers->at(0).front();
  Events found;
  // Ids that were drawn and never committed leave holes, so this may say "gap" where there was none: then
  // somebody looks once more. It never misses one.
  found.gap = id + 1 < kept.get<std::int64_t>("oldest") || id > kept.get<std::int64_t>("newest");
  for (const auto& row : answers->at(1)) {
    found.events.push_back({row.get<std::int64_t>("id"), row.get<Instant>("at"), row.get<std::string>("kind"),
                            row.get<std::optional<std::string>>("pool"),
                            row.get<std::optional<model::ReservationId>>("reservation"),
                            row.get<std::optional<model::UserId>>("owner"),
                            row.get<std::optional<model::TeamId>>("team")});
  }
  return found;
}

Result<std::int64_t> newest_event(pg::Connection& connection) {
  const auto rows = connection.exec(kKept);
  if (!rows) return fail(within("read the newest event", rows.error()));
  return rows->front().get<std::int64_t>("newest");
}

Result<std::int64_t> event_before(pg::Connection& connection, std::int64_t id, int count) {
  const auto rows = connection.exec(kBefore, id, count);
  if (!rows) return fail(within("read the last events", rows.error()));
  return rows->front().get<std::int64_t>("before");
}

Status emit(pg::Transaction& transaction, const NewEvent& event) {
  const auto done =
      transaction.exec(kEmit, event.kind, event.pool, event.reservation, event.owner, event.team);
  if (!done) return fail(within("tell of a change", done.error()));
  return {};
}

void add_emit(pg::Batch& batch, const NewEvent& event) {
  batch.add(kEmit, event.kind, event.pool, event.reservation, event.owner, event.team);
}

void add_emit(pg::Batch& batch, std::string_view kind, model::PoolId pool,
              const std::vector<model::Reservation>& changed) {
  std::vector<model::ReservationId> reservations;
  std::vector<model::UserId> owners;
  std::vector<std::optional<model::TeamId>> teams;
  for (const auto& one : changed) {
    reservations.push_back(one.id);
    owners.push_back(one.owner);
    teams.push_back(one.team);
  }
  batch.add(kEmitAll, kind, pool, reservations, owners, teams);
}

Status emit_of(pg::Transaction& transaction, std::string_view kind, const model::ReservationId& reservation) {
  const auto done = transaction.exec(kEmitOfReservation, kind, reservation);
  if (!done) return fail(within("tell of a reservation's change", done.error()));
  return {};
}

Status emit_of(pg::Transaction& transaction, std::string_view kind, const model::SessionId& session) {
  const auto done = transaction.exec(kEmitOfSession, kind, session);
  if (!done) return fail(within("tell of a session's change", done.error()));
  return {};
}

}  // namespace berth::store
