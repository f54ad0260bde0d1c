#include "store/round_facts.hpp"

#include <algorithm>
#include <set>

#include "store/author.hpp"
#include "store/codecs.hpp"
#include "store/pool_rows.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

// Reads nothing, so that every row is read after the lock was had. The statements that follow have shapes
// that no parameter should change: planning each anew would cost more than running it, while others wait for
// the lock. And each goes by an index: a plan that was made while a table was small must not walk through it
// later.
constexpr pg::Query kLock{"round_lock", R"sql(
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
        pg_advisory_xact_lock(1, $1::bigint::int)
)sql"};
constexpr pg::Query kRevision{"round_revision", R"sql(SELECT revision FROM berth.declared)sql"};
// The owners' rows are locked for the rule that counts over all pools. NO KEY: foreign keys to them do not
// wait.
constexpr pg::Query kBookers{"round_bookers", R"sql(
    SELECT id, email, name, disabled_at IS NOT NULL AS disabled
    FROM berth.app_user
    WHERE id = ANY($1::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
)sql"};
// In the index alone; a statement begins when the one before it has ended, so this is after the lock was had.
constexpr pg::Query kLive{"round_live", R"sql(
    SELECT booker.id AS owner, live.number
    FROM unnest($1::uuid[]) AS booker (id)
    CROSS JOIN LATERAL (
      SELECT count(*) AS number
      FROM berth.reservation
      WHERE owner = booker.id AND state IN ('APPROVED', 'ACTIVE') AND end_at > statement_timestamp()
    ) live
)sql"};
constexpr pg::Query kTeams{"round_teams", R"sql(
    SELECT m.member, t.name, t.id
    FROM unnest($1::uuid[], $2::text[]) AS asked (member, name)
    JOIN berth.team t ON t.name = asked.name
    JOIN berth.team_member m ON m.team = t.id AND m.member = asked.member
)sql"};
constexpr pg::Query kKeys{"round_keys", R"sql(
    SELECT asked.owner, asked.key, used.body_hash, used.reservation
    FROM unnest($1::uuid[], $2::text[]) AS asked (owner, key)
    CROSS JOIN LATERAL (
      SELECT body_hash, reservation
      FROM berth.idempotency
      WHERE owner = asked.owner AND key = asked.key
      OFFSET 0
    ) used
)sql"};
// NO KEY: sessions that refer to them do not wait.
constexpr pg::Query kLockChanged{"round_lock_changed", R"sql(
    SELECT id
    FROM berth.reservation
    WHERE id = ANY($1::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
)sql"};
constexpr pg::Query kNow{"round_now", R"sql(
    SELECT clock_timestamp() AS now, ARRAY(SELECT gen_random_uuid() FROM generate_series(1, $1)) AS fresh
)sql"};

struct Asked {
  std::vector<model::UserId> bookers;  // sorted, each once
  std::vector<model::UserId> team_members, key_owners;
  std::vector<std::string> team_names, keys;
  std::vector<model::ReservationId> changed;
  int bookings = 0;
};

Asked asked_by(std::span<const Wish> wishes) {
  Asked asked;
  std::set<model::UserId> bookers;
  for (const auto& wish : wishes) {
    if (const auto* book = std::get_if<BookWish>(&wish.what)) {
      ++asked.bookings;
      bookers.insert(book->owner.id);
      if (book->request.team) {
        asked.team_members.push_back(book->owner.id);
        asked.team_names.push_back(*book->request.team);
      }
      if (book->idempotency) {
        asked.key_owners.push_back(book->owner.id);
        asked.keys.push_back(book->idempotency->key);
      }
    } else if (const auto* change = std::get_if<ChangeWish>(&wish.what)) {
      asked.changed.push_back(change->id);
    } else {
      asked.changed.push_back(std::get<EndWish>(wish.what).id);
    }
  }
  asked.bookers.assign(bookers.begin(), bookers.end());
  return asked;
}

Result<std::shared_ptr<const model::Pool>> read_pool_now(pg::Connection& connection, PoolCache* cache,
                                                         model::PoolId id, std::int64_t revision) {
  pg::Batch batch;
  add_pool_reads(batch, {id});
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a pool", answers.error()));
  auto pool = read_pool(*answers);
  if (!pool) return fail(pool.error());
  if (!pool->has_value())
    return fail(Code::kConflict, "the pool was removed at the same moment", "pool_removed");
  auto kept = std::make_shared<const model::Pool>(std::move(**pool));
  if (cache != nullptr) cache->keep(kept, revision);
  return kept;
}

}  // namespace

Result<std::pair<pg::Transaction, RoundFacts>> lock_and_read(pg::Connection& connection, PoolCache* cache,
                                                             model::PoolId pool,
                                                             std::span<const Wish> wishes) {
  const auto asked = asked_by(wishes);
  pg::Batch batch;
  // Which answer is whose; statements that have nothing to ask are left out.
  const auto add = [&](bool wanted, const pg::Query& query,
                       const auto&... args) -> std::optional<std::size_t> {
    if (!wanted) return std::nullopt;
    batch.add(query, args...);
    return batch.size() - 1;
  };
  add(true, kLock, pool);
  const auto revision_at = add(true, kRevision);
  const auto bookers_at = add(!asked.bookers.empty(), kBookers, asked.bookers);
  const auto live_at = add(!asked.bookers.empty(), kLive, asked.bookers);
  const auto teams_at = add(!asked.team_names.empty(), kTeams, asked.team_members, asked.team_names);
  const auto keys_at = add(!asked.keys.empty(), kKeys, asked.key_owners, asked.keys);
  add(!asked.changed.empty(), kLockChanged, asked.changed);
  const auto views_at = add_views(batch, asked.changed);
  const auto now_at = add(true, kNow, asked.bookings);
  auto begun = pg::Transaction::begin_with(connection, batch);
  if (!begun) return fail(within("read what a round needs", begun.error()));
  const auto rows = [&](std::optional<std::size_t> at) -> const pg::Rows& { return begun->second.at(*at); };

  RoundFacts facts;
  facts.now = rows(now_at).front().get<Instant>("now");
  facts.fresh = rows(now_at).front().get<std::vector<model::ReservationId>>("fresh");
  if (bookers_at) {
    for (const auto& row : rows(bookers_at)) {
      facts.bookers[row.get<model::UserId>("id")] = {
          row.get<std::string>("email"), row.get<std::string>("name"), row.get<bool>("disabled"), 0};
    }
    for (const auto& row : rows(live_at))
      facts.bookers[row.get<model::UserId>("owner")].live = row.get<int>("number");
  }
  if (teams_at) {
    for (const auto& row : rows(teams_at)) {
      facts.teams[{row.get<model::UserId>("member"), row.get<std::string>("name")}] =
          row.get<model::TeamId>("id");
    }
  }
  if (keys_at) {
    for (const auto& row : rows(keys_at)) {
      facts.keys[{row.get<model::UserId>("owner"), row.get<std::string>("key")}] = {
          row.get<std::vector<std::byte>>("body_hash"), row.get<model::ReservationId>("reservation")};
    }
  }
  if (views_at) {
    for (auto& row : read_rows(rows(views_at))) facts.views.emplace(row.id, std::move(row.view));
  }
  const auto revision = rows(revision_at).front().get<std::int64_t>("revision");
  facts.pool = cache == nullptr ? nullptr : cache->find(pool, revision);
  if (facts.pool == nullptr) {
    auto read = read_pool_now(connection, cache, pool, revision);
    if (!read) return fail(read.error());
    facts.pool = std::move(*read);
  }
  return std::pair(std::move(begun->first), std::move(facts));
}

Result<WishOutcome> replay(pg::Connection& connection, const Earlier& earlier,
                           const Idempotency& idempotency) {
  if (earlier.body_hash != idempotency.body_hash) {
    return fail(Code::kConflict, "this Idempotency-Key was used with another body; use a new key",
                "idempotency_key_reused");
  }
  auto view = load_view(connection, earlier.reservation);
  if (!view) return fail(view.error());
  return WishOutcome(Created{std::move(*view), true});
}

Result<WishOutcome> replay_other_pool(pg::Connection& connection, const BookWish& wish) {
  const std::vector<model::UserId> owners{wish.owner.id};
  const std::vector<std::string> keys{wish.idempotency->key};
  const auto rows = connection.exec(kKeys, owners, keys);
  if (!rows) return fail(within("look up an idempotency key", rows.error()));
  if (rows->empty())
    return fail(Code::kConflict, "the same key is being used at the same moment; try again", "try_again");
  return replay(connection,
                {rows->front().get<std::vector<std::byte>>("body_hash"),
                 rows->front().get<model::ReservationId>("reservation")},
                *wish.idempotency);
}

}  // namespace berth::store
