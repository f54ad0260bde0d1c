#include "store/author.hpp"

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNameAuthor{"author_name", R"sql(
    SELECT set_config('berth.actor', $1, true), set_config('berth.request_id', $2, true),
        set_config('berth.source_ip', $3, true), set_config('berth.token', $4, true)
)sql"};

// Reads nothing, so that every row the transaction reads is read after the lock was had. The statements that
// follow have shapes that no parameter should change: planning each anew would cost more than running it,
// while others wait for the lock.
constexpr pg::Query kLockPool{"lock_pool", R"sql(
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true), pg_advisory_xact_lock(1, $1::bigint::int)
)sql"};

constexpr pg::Query kNameAction{"author_name_action", R"sql(SELECT set_config('berth.action', $1, true))sql"};

}  // namespace

Author author_of(const model::UserId& user, std::string request_id, std::string source_ip) {
  return {
      .actor = "user:" + user.value, .request_id = std::move(request_id), .source_ip = std::move(source_ip)};
}

Author owner_author() {
  return {"owner", "", ""};
}

Author portal_author() {
  return {"portal", "", ""};
}

Author reconciler_author(const std::string& cluster) {
  return {"reconciler:" + cluster, "", ""};
}

Status name_author(pg::Transaction& transaction, const Author& author) {
  const auto named =
      transaction.exec(kNameAuthor, author.actor, author.request_id, author.source_ip, author.token);
  if (!named) return fail(within("name the author of a change", named.error()));
  return {};
}

Result<pg::Transaction> begin_write(pg::Connection& connection, const Author& author) {
  auto transaction = pg::Transaction::begin(connection);
  if (!transaction) return fail(within("begin a change", transaction.error()));
  if (auto named = name_author(*transaction, author); !named) return fail(named.error());
  return transaction;
}

Status lock_pool(pg::Transaction& transaction, model::PoolId pool) {
  const auto locked = transaction.exec(kLockPool, pool);
  if (!locked) return fail(within("wait for the pool's lock", locked.error()));
  return {};
}

Status name_action(pg::Transaction& transaction, std::string_view action) {
  const auto named = transaction.exec(kNameAction, action);
  if (!named) return fail(within("name a change", named.error()));
  return {};
}

Result<Instant> database_now(pg::Connection& connection) {
  const auto rows = connection.exec(kDatabaseNow);
  if (!rows) return fail(within("read the database's clock", rows.error()));
  return rows->front().get<Instant>("now");
}

}  // namespace berth::store
