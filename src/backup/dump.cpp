#include "backup/dump.hpp"

#include <fmt/format.h>

#include "backup/tables.hpp"

namespace berth::backup {
namespace {

constexpr pg::Query kMoment{"backup_moment", R"sql(
    SELECT now() AS taken_at, id::text AS installation
    FROM berth.installation
)sql"};
constexpr pg::Query kSteps{"backup_steps", R"sql(
    SELECT name, sha256
    FROM berth.schema_migration
    ORDER BY version
)sql"};

Result<std::vector<Step>> read_steps(pg::Connection& connection) {
  const auto rows = connection.exec(kSteps);
  if (!rows) return fail(within("read the database's schema version", rows.error()));
  std::vector<Step> steps;
  for (const auto& row : *rows)
    steps.push_back({row.get<std::string>("name"), row.get<std::string>("sha256")});
  return steps;
}

Result<Head> read_head(pg::Connection& connection, const std::string& program) {
  const auto moment = connection.exec(kMoment);
  if (!moment) return fail(within("read whose database this is", moment.error()));
  auto steps = read_steps(connection);
  if (!steps) return fail(steps.error());
  auto months = audit_months_of(connection);
  if (!months) return fail(months.error());
  Head head{.program = program,
            .installation = moment->front().get<std::string>("installation"),
            .taken_at = moment->front().get<Instant>("taken_at"),
            .steps = std::move(*steps),
            .audit_months = std::move(*months)};
  return head;
}

/// A table that a migration writes anew is empty to a snapshot of before, so what was read may lack all of
/// its rows, and nothing else would tell. To hold a migration up for as long as a dump takes is worse than to
/// take another one.
Status check_same_schema(pg::Connection& connection, const Head& head) {
  const auto now = read_steps(connection);
  if (!now) return fail(now.error());
  if (*now == head.steps) return {};
  return fail(
      Code::kConflict,
      fmt::format("the database was migrated meanwhile, from schema step {} to {}: take the backup again",
                  head.steps.size(), now->size()),
      "migrated_meanwhile");
}

}  // namespace

Result<Dumped> dump(pg::Connection& connection, RecordWriter& out, const std::string& program) {
  connection.set_statement_timeout(kStatementLimit);
  auto transaction =
      pg::Transaction::begin(connection, pg::Isolation::kRepeatableRead, pg::Access::kReadOnly);
  if (!transaction) return fail(within("begin reading the database", transaction.error()));
  if (auto fixed = fix_forms(connection); !fixed) return fail(fixed.error());
  auto head = read_head(connection, program);
  if (!head) return fail(head.error());
  if (auto done = out.head(*head); !done) return fail(done.error());
  const auto tables = tables_of(connection);
  if (!tables) return fail(tables.error());
  Dumped dumped{std::move(*head), {}};
  for (const auto& table : *tables) {
    if (auto done = out.table(table.name); !done) return fail(done.error());
    auto sum = read_rows(connection, table, [&](std::string_view row) { return out.row(row); });
    if (!sum) return fail(sum.error());
    dumped.sums.tables.push_back(std::move(*sum));
  }
  // After the rows: a sequence is at no moment, and only ever higher than what they use of it.
  auto sequences = sequences_of(connection);
  if (!sequences) return fail(sequences.error());
  dumped.sums.sequences = std::move(*sequences);
  if (auto done = transaction->commit(); !done) return fail(done.error());
  if (auto same = check_same_schema(connection, dumped.head); !same) return fail(same.error());
  if (auto done = out.end(dumped.sums); !done) return fail(done.error());
  return dumped;
}

}  // namespace berth::backup
