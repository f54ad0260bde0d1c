// db/schema.sql is what the migrations make of an empty database: whoever reads it reads the truth.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
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
