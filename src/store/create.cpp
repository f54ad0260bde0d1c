#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "store/booking_writes.hpp"
#include "store/bookings.hpp"
#include "store/change_words.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/decision.hpp"
#include "store/pool_rows.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

// The owner's row is locked for the rule that counts over all pools. NO KEY: foreign keys to it do not wait.
constexpr pg::Query kOwner{"create_owner", R"sql(
    SELECT email, name, disabled_at IS NOT NULL AS disabled
    FROM berth.app_user
    WHERE id = $1
    FOR NO KEY UPDATE
)sql"};
// What is past its end holds nothing more, also while its session is still being taken away.
constexpr pg::Query kLive{"create_live", R"sql(
    SELECT count(*) AS live
    FROM berth.reservation
    WHERE owner = $1 AND state IN ('APPROVED', 'ACTIVE') AND end_at > clock_timestamp()
)sql"};
constexpr pg::Query kTeam{"create_team", R"sql(
    SELECT t.id
    FROM berth.team t
    JOIN berth.team_member m ON m.team = t.id
    WHERE t.name = $1 AND m.member = $2
)sql"};
constexpr pg::Query kKey{"create_key", R"sql(
    SELECT body_hash, reservation
    FROM berth.idempotency
    WHERE owner = $1 AND key = $2
)sql"};
// After all locks, which may have been waited for.
constexpr pg::Query kNowAndId{"create_now_and_id",
                              R"sql(SELECT clock_timestamp() AS now, gen_random_uuid() AS id)sql"};

constexpr pg::Query kInsert{"create_insert", R"sql(
    INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode,
        start_at, end_at, owner, team, name, rate_micros, currency, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
)sql"};
constexpr pg::Query kInsertKey{"create_insert_key", R"sql(
    INSERT INTO berth.idempotency (owner, key, body_hash, reservation)
    VALUES ($1, $2, $3, $4)
)sql"};
constexpr std::size_t kMaxKeyBytes = 200;
constexpr std::string_view kKeyConstraint = "idempotency_pkey";

struct OwnerRow {
  std::string email;
  std::string name;
  int live = 0;
  std::optional<model::TeamId> team;
};

/// An earlier use of the same key.
struct Earlier {
  std::vector<std::byte> body_hash;
  model::ReservationId reservation;
};

struct Facts {
  OwnerRow owner;
  std::optional<Earlier> earlier;
  model::Pool pool;
  Instant now;
  model::ReservationId id;
};

/// Waits for the lock and reads, in one round trip: each statement sees what was committed when its turn
/// came.
Result<Facts> lock_and_read(pg::Transaction& transaction, const Author& author, model::PoolId pool_id,
                            const model::Viewer& owner, const CreateRequest& request,
                            const std::optional<Idempotency>& idempotency) {
  pg::Batch batch;
  add_pool_lock(batch, author, pool_id);
  batch.add(kOwner, owner.id);
  batch.add(kLive, owner.id);
  batch.add(kTeam, request.team.value_or(""), owner.id);
  batch.add(kKey, owner.id, idempotency ? idempotency->key : "");
  add_pool_reads(batch, {pool_id});
  batch.add(kNowAndId);
  const auto answers = transaction.connection().exec(batch);
  if (!answers) return fail(within("read what a booking needs", answers.error()));
  const auto rows = std::span(*answers).subspan(kPoolLockStatements);

  if (rows[0].empty() || rows[0].front().get<bool>("disabled")) {
    return fail(Code::kForbidden, "this account cannot book: it is disabled", "account_disabled");
  }
  Facts facts;
  facts.owner = {rows[0].front().get<std::string>("email"), rows[0].front().get<std::string>("name"),
                 rows[1].front().get<int>("live"), std::nullopt};
  if (!rows[2].empty()) facts.owner.team = rows[2].front().get<model::TeamId>("id");
  if (!rows[3].empty()) {
    facts.earlier = Earlier{rows[3].front().get<std::vector<std::byte>>("body_hash"),
                            rows[3].front().get<model::ReservationId>("reservation")};
  }
  auto pool = read_pool(rows.subspan(4, kPoolReads));
  if (!pool) return fail(pool.error());
  if (!pool->has_value())
    return fail(Code::kConflict, "the pool was removed at the same moment", "pool_removed");
  facts.pool = std::move(**pool);
  facts.now = rows[4 + kPoolReads].front().get<Instant>("now");
  facts.id = rows[4 + kPoolReads].front().get<model::ReservationId>("id");
  return facts;
}

model::Reservation make_reservation(const Facts& facts, const model::Viewer& owner,
                                    const booking::Resolved& resolved) {
  model::Reservation reservation;
  reservation.id = facts.id;
  reservation.pool = facts.pool.id;
  reservation.device_class = resolved.wanted.device_class;
  reservation.units = resolved.wanted.units;
  reservation.load = resolved.wanted.load;
  reservation.mode = resolved.mode;
  reservation.window = resolved.wanted.window;
  reservation.owner = owner.id;
  reservation.team = facts.owner.team;
  reservation.name = resolved.name;
  reservation.created_at = facts.now;
  reservation.rate = facts.pool.find_class(resolved.wanted.device_class)->rate;
  reservation.currency = facts.pool.currency;
  return reservation;
}

ReservationView make_view(const Facts& facts, const CreateRequest& request, model::Reservation reservation,
                          const booking::Placement& placement) {
  ReservationView view;
  view.pool_name = facts.pool.name;
  view.class_name = facts.pool.find_class(reservation.device_class)->name;
  view.owner_email = facts.owner.email;
  view.owner_name = facts.owner.name;
  view.team_name = request.team;
  view.node_name = facts.pool.find_node(placement.node)->name;
  auto units = placement.units;
  std::sort(units.begin(), units.end());
  for (const auto unit : units) view.unit_names.push_back(facts.pool.find_unit(unit)->name);
  view.held = reservation.window;
  view.reservation = std::move(reservation);
  return view;
}

void add_reservation(pg::Batch& batch, const model::Reservation& one) {
  batch.add(kInsert, one.id, one.pool, one.device_class, one.units, one.load.cpu, one.load.memory,
            one.load.storage, one.mode, one.window.start, one.window.end, one.owner, one.team, one.name,
            one.rate, one.currency, one.created_at);
}

Result<CreateOutcome> replay(pg::Connection& connection, const Earlier& earlier,
                             const Idempotency& idempotency) {
  if (earlier.body_hash != idempotency.body_hash) {
    return fail(Code::kConflict, "this Idempotency-Key was used with another body; use a new key",
                "idempotency_key_reused");
  }
  auto view = load_view(connection, earlier.reservation);
  if (!view) return fail(view.error());
  return Created{std::move(*view), true};
}

/// One transaction: everything of a booking, or nothing.
Result<Attempt<CreateOutcome>> create_once(pg::Connection& connection, const Author& author,
                                           model::PoolId pool_id, const model::Viewer& owner,
                                           const CreateRequest& request,
                                           const std::optional<Idempotency>& idempotency) {
  auto transaction = pg::Transaction::begin(connection);
  if (!transaction) return fail(within("begin a booking", transaction.error()));
  auto facts = lock_and_read(*transaction, author, pool_id, owner, request, idempotency);
  if (!facts) return fail(facts.error());
  if (facts->earlier) {
    auto again = replay(connection, *facts->earlier, *idempotency);
    if (!again) return fail(again.error());
    return std::move(*again);
  }
  if (request.team && !facts->owner.team) {
    return fail(no_team_of_ones_own(*request.team));
  }
  const auto resolved = booking::resolve(facts->pool, request.booking, {facts->owner.live}, facts->now);
  if (!resolved) return fail(resolved.error());

  auto decision = decide_and_lock(*transaction, facts->pool, resolved->wanted, facts->now, false);
  if (!decision) return fail(decision.error());
  if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) {
    return Denied{*shortage,
                  std::move(facts->pool),
                  {resolved->wanted, resolved->duration, resolved->explicit_load,
                   std::holds_alternative<booking::Now>(request.booking.start), resolved->mode,
                   resolved->name, request.team}};
  }
  const auto& placement = std::get<booking::Placement>(decision->verdict);
  auto reservation = make_reservation(*facts, owner, *resolved);

  pg::Batch batch;
  add_reservation(batch, reservation);
  add_swaps(batch, swaps_of(placement.moves, decision->snapshot.holdings));
  add_claims(batch, reservation.id, placement.units, reservation.window);
  if (idempotency) batch.add(kInsertKey, owner.id, idempotency->key, idempotency->body_hash, reservation.id);
  add_news(batch, facts->pool, reservation, facts->now);
  if (const auto written = connection.exec(batch); !written)
    return fail(in_words("write a booking", written.error()));
  if (auto committed = transaction->commit(); !committed)
    return fail(in_words("commit a booking", committed.error()));
  return CreateOutcome(Created{make_view(*facts, request, std::move(reservation), placement), false});
}

/// The same key was used in another pool at the same moment, and that one won.
Result<CreateOutcome> replay_other_pool(pg::Connection& connection, const model::Viewer& owner,
                                        const Idempotency& idempotency) {
  const auto rows = connection.exec(kKey, owner.id, idempotency.key);
  if (!rows) return fail(within("look up an idempotency key", rows.error()));
  if (rows->empty())
    return fail(Code::kConflict, "the same key is being used at the same moment; try again", "try_again");
  return replay(connection,
                {rows->front().get<std::vector<std::byte>>("body_hash"),
                 rows->front().get<model::ReservationId>("reservation")},
                idempotency);
}

}  // namespace

Result<CreateOutcome> create(pg::Connection& connection, const Author& author, const model::Viewer& owner,
                             const CreateRequest& request, const std::optional<Idempotency>& idempotency) {
  if (idempotency && (idempotency->key.empty() || idempotency->key.size() > kMaxKeyBytes)) {
    return fail(invalid_field("Idempotency-Key", std::string(first_bytes(idempotency->key, 40)),
                              fmt::format("1 to {} bytes", kMaxKeyBytes),
                              fmt::format("An Idempotency-Key has 1 to {} bytes.", kMaxKeyBytes)));
  }
  // Pools are never deleted, so an id that is looked up before the lock stays good.
  const auto pool_id = known_pool_id(connection, request.booking.pool);
  if (!pool_id) return fail(pool_id.error());
  auto outcome = answer<CreateOutcome>(connection, owner.id, [&] {
    return create_once(connection, author, *pool_id, owner, request, idempotency);
  });
  if (!outcome && idempotency && pg::violated_constraint(outcome.error()) == kKeyConstraint) {
    return replay_other_pool(connection, owner, *idempotency);
  }
  return outcome;
}

}  // namespace berth::store
