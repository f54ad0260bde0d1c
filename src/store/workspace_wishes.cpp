#include "store/workspace_wishes.hpp"

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kTake{"wish_take", R"sql(
    WITH next AS (
      SELECT w.session
      FROM berth.wish w
      JOIN berth.session s ON s.id = w.session
      JOIN berth.reservation r ON r.id = s.reservation
      WHERE w.answered_at IS NULL
        AND (w.taken_at IS NULL OR w.taken_at < clock_timestamp() - interval '20 seconds')
        AND r.pool <> ALL ($1)
      ORDER BY w.asked_at, w.session
      LIMIT 1
      FOR UPDATE OF w SKIP LOCKED
    )
    UPDATE berth.wish w
    SET taken_at = clock_timestamp()
    FROM next, berth.session s, berth.reservation r
    WHERE w.session = next.session AND s.id = w.session AND r.id = s.reservation
    RETURNING w.session, w.id::text AS id,
        CASE WHEN w.until BETWEEN w.asked_at - interval '8784 hours' AND w.asked_at + interval '8784 hours'
            THEN w.until END AS until,
        w.asked_at + interval '60 seconds' AS good_until,
        w.asked_at > clock_timestamp() - interval '60 seconds' AS in_time,
        r.id AS reservation, r.pool, r.owner, r.version, r.end_at,
        s.phase IN ('Ready', 'Degraded') AND r.state = 'ACTIVE' AND r.end_requested_at IS NULL
            AND r.end_at > clock_timestamp() AS runs
)sql"};
constexpr pg::Query kAnswer{"wish_answer", R"sql(
    UPDATE berth.wish
    SET answered_at = clock_timestamp(), answer = $3
    WHERE session = $1 AND id = $2::uuid AND answered_at IS NULL
)sql"};

}  // namespace

Result<std::optional<TakenWish>> take_wish(pg::Connection& connection,
                                           const std::vector<model::PoolId>& but_of) {
  const auto rows = connection.exec(kTake, but_of);
  if (!rows) return fail(within("take what a workspace wishes", rows.error()));
  if (rows->empty()) return std::nullopt;
  const auto& row = rows->front();
  return TakenWish{.session = row.get<model::SessionId>("session"),
                   .id = row.get<std::string>("id"),
                   .until = row.get<std::optional<Instant>>("until"),
                   .in_time = row.get<bool>("in_time"),
                   .good_until = row.get<Instant>("good_until"),
                   .reservation = row.get<model::ReservationId>("reservation"),
                   .pool = row.get<model::PoolId>("pool"),
                   .owner = row.get<model::UserId>("owner"),
                   .version = row.get<std::int64_t>("version"),
                   .end = row.get<Instant>("end_at"),
                   .runs = row.get<bool>("runs")};
}

Status answer_wish(pg::Connection& connection, const model::SessionId& session, const said::Answer& answer) {
  const auto done = connection.exec(kAnswer, session, answer.id, said::to_text(answer));
  if (!done) return fail(within("answer what a workspace wishes", done.error()));
  return {};
}

}  // namespace berth::store
