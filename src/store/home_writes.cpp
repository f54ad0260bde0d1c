#include "store/home_writes.hpp"

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kKeep{"home_keep", R"sql(
    SELECT berth.keep_home($1, $2::uuid, $3, $4, $5::integer, $6, $7)::text AS id
)sql"};
constexpr pg::Query kLeave{"home_leave", R"sql(SELECT berth.leave_home($1::uuid, $2) AS done)sql"};
constexpr pg::Query kLetGo{"home_let_go", R"sql(SELECT berth.let_home_go($1::uuid) AS done)sql"};
constexpr pg::Query kClose{"home_close", R"sql(SELECT berth.close_home($1::uuid) AS done)sql"};
constexpr pg::Query kIds{"home_ids", R"sql(
    SELECT id::text AS id FROM berth.home WHERE gone_at IS NULL
)sql"};

Result<bool> done(const Result<pg::Rows>& rows, const char* what) {
  if (!rows) return fail(within(what, rows.error()));
  return rows->front().get<bool>("done");
}

}  // namespace

Result<std::optional<std::string>> keep_home(pg::Transaction& transaction, const model::SessionId& session,
                                             const FoundHome& home) {
  json::object identity;
  for (const auto& [name, value] : home.identity) identity.emplace(name, value);
  const auto rows = transaction.exec(kKeep, session, home.new_id, home.volume, home.storage_class,
                                     home.size.value, home.node, json::value(std::move(identity)));
  if (!rows) return fail(within("write down a home", rows.error()));
  return rows->front().get<std::optional<std::string>>("id");
}

Result<bool> leave_home(pg::Transaction& transaction, const model::SessionId& session,
                        const std::string& home) {
  return done(transaction.exec(kLeave, home, session), "go on without a home");
}

Result<bool> let_home_go(pg::Transaction& transaction, const std::string& home) {
  return done(transaction.exec(kLetGo, home), "let a home go");
}

Status close_home(pg::Transaction& transaction, const std::string& home) {
  if (auto closed = done(transaction.exec(kClose, home), "close a home"); !closed)
    return fail(closed.error());
  return {};
}

Result<std::set<std::string>> read_home_ids(pg::Connection& connection) {
  const auto rows = connection.exec(kIds);
  if (!rows) return fail(within("read homes", rows.error()));
  std::set<std::string> ids;
  for (const auto& row : *rows) ids.insert(row.get<std::string>("id"));
  return ids;
}

}  // namespace berth::store
