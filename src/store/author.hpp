// Every change has an author. The database refuses one without, and writes the audit row itself.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"

namespace berth::store {

struct Author {
  std::string
      actor;  // "user:<uuid>", "reconciler:<cluster>", "portal", "owner" (whoever holds the database itself)
  std::string request_id;
  std::string source_ip;
  std::string token{};  // id of the API token that was used; empty: signed in, or no user
};

Author author_of(const model::UserId& user, std::string request_id = {}, std::string source_ip = {});
/// Set-up by whoever runs the installation: migrations, the demo, tests.
Author owner_author();
/// What a portal does unasked.
Author portal_author();
/// The leader of a cluster.
Author reconciler_author(const std::string& cluster);

/// Names the author for the rest of the transaction.
Status name_author(pg::Transaction& transaction, const Author& author);

/// The one way to open a transaction that writes: READ COMMITTED, with the author named for its length.
Result<pg::Transaction> begin_write(pg::Connection& connection, const Author& author);

/// The pool's lock: what is read after it is what the transaction before left. Waits at most the connection's
/// statement timeout (kTimeout). Rounds take the same one in their first round trip (round_facts.cpp).
Status lock_pool(pg::Transaction& transaction, model::PoolId pool);

/// The audit rows that follow in this transaction say `action` ("reservation.moved") instead of the table's
/// own word;
/// "" gives that back.
Status name_action(pg::Transaction& transaction, std::string_view action);

/// The database's clock, read now and not at the start of the transaction; as "now".
inline constexpr pg::Query kDatabaseNow{"database_now", "SELECT clock_timestamp() AS now"};
Result<Instant> database_now(pg::Connection& connection);

}  // namespace berth::store
