// db/schema.sql is what the migrations make of an empty database: whoever reads it reads the truth.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "pgserver/pgserver.hpp"
#include "store/migrations.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::store {
namespace {

constexpr const char* kWriteIt = "BERTH_WRITE_SCHEMA";  // set by tools/dump-schema

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string all;
  char buffer[4096];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe.get())) all.append(buffer, got);
  return all;
}

/// Without comments, settings, and what differs from one dump to the next.
std::string normalised(const std::string& dump) {
  std::istringstream lines(dump);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const bool noise = line.empty() || line.starts_with("--") || line.starts_with("SET ") ||
                       line.starts_with("\\") || line.starts_with("SELECT pg_catalog.set_config");
    if (!noise) out += line + "\n";
  }
  return out;
}

std::string migrated_schema() {
  const auto database = testsupport::postgres().fresh_database(embedded::migrations(), std::string(kSchema));
  const auto binaries = pgserver::find_binaries({});
  if (!binaries) throw std::runtime_error(binaries.error().message);
  // Months of the audit log come and go with time.
  return normalised(output_of(fmt::format(
      "{} --schema-only --no-owner --schema=berth --exclude-table='berth.audit_2*' {}",
      quoted((*binaries / "pg_dump").string()), quoted("--dbname=" + database.settings().conninfo))));
}

/// Tables whose changes write no audit row by themselves, and why not.
const std::map<std::string, std::string> kNotAudited{
    {"activity", "what a workspace says of itself, no state"},
    {"audit", "the log itself"},
    {"cache_node", "what a node says of its disk, no state"},
    {"cache_state", "what a node says that it holds, no state"},
    {"declared", "counts declarations, which are audited"},
    {"device_use", "what an exporter measures, no state"},
    {"event", "told by what is audited"},
    {"finding", "what is seen, not what is done"},
    {"heartbeat", "a sign of life"},
    {"hold", "held and released within a session, whose phases are audited"},
    {"idempotency", "of a booking that is audited"},
    {"installation", "written by the owner, at first and by a restore, which writes its row itself"},
    {"leader", "a sign of life"},
    {"reservation_transition", "the lifecycle's table, the same everywhere"},
    {"schema_migration", "its own log"},
    {"step", "the progress of a session, whose phases are audited"},
    {"unit_history", "follows units, which are audited"},
    {"web_session", "signing in and out is audited by who does it"},
    {"wish", "a word of a workspace; what comes of it is an audited change of its reservation"},
};

TEST(Schema, EveryTableIsAuditedOrItIsSaidWhyNot) {
  const auto database = testsupport::postgres().fresh_database(embedded::migrations(), std::string(kSchema));
  auto connection = database.connect();
  const auto tables = connection.exec(pg::Query{
      "tables_and_their_audit",
      "SELECT c.relname AS name, EXISTS (SELECT FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid"
      " WHERE t.tgrelid = c.oid AND f.proname IN ('audit_row', 'audit_reservations_made') AND t.tgenabled = "
      "'O') AS audited"
      " FROM pg_class c WHERE c.relnamespace = 'berth'::regnamespace AND c.relkind IN ('r', 'p')"
      " AND NOT c.relispartition ORDER BY c.relname"});
  ASSERT_TRUE(tables);
  ASSERT_GT(tables->size(), kNotAudited.size());
  for (const auto& row : *tables) {
    const auto name = row.get<std::string>("name");
    EXPECT_NE(row.get<bool>("audited"), kNotAudited.contains(name)) << name;
  }
}

TEST(Schema, TheCommittedSnapshotIsWhatTheMigrationsMake) {
  const auto path = std::string(BERTH_SOURCE_DIR) + "/db/schema.sql";
  const auto schema = migrated_schema();
  ASSERT_NE(schema.find("CREATE TABLE berth.reservation "), std::string::npos);
  const std::string head =
      "-- The schema after all migrations, for reading. Written by tools/dump-schema from PostgreSQL 15; "
      "never applied.\n";
  if (std::getenv(kWriteIt) != nullptr) {
    std::ofstream(path) << head << schema;
    return;
  }
  std::ifstream file(path);
  std::ostringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(head + schema, committed.str()) << "run tools/dump-schema";
}

}  // namespace
}  // namespace berth::store
