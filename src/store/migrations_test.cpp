#include "store/migrations.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pg/migrate.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::store {
namespace {

TEST(Migrations, BringAnEmptyDatabaseUpOnceAndThenDoNothing) {
  const auto database = testsupport::postgres().fresh_database();
  auto connection = database.connect();
  const auto behind = check_schema(connection);
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().slug, "schema_behind");

  const auto first = migrate(connection);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->size(), embedded::migrations().size());
  const auto again = migrate(connection);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->empty());
  EXPECT_TRUE(check_schema(connection));
}

TEST(Migrations, WhatPoolsSaidOfTheirClusterBecomesTheClusters) {
  const auto database = testsupport::postgres().fresh_database();
  auto connection = database.connect();
  const auto files = embedded::migrations();
  const auto clusters = std::ranges::find_if(
      files, [](const base::EmbeddedFile& file) { return file.path.ends_with("_clusters.sql"); });
  ASSERT_NE(clusters, files.end());
  std::vector<base::EmbeddedFile> before;
  std::ranges::copy_if(files, std::back_inserter(before),
                       [&](const base::EmbeddedFile& file) { return file.path < clusters->path; });
  ASSERT_TRUE(pg::migrate(connection, before, {.schema = std::string(kSchema)}));
  // One cluster of which two pools say different things, one with a single pool, one that only a session of
  // the past was on.
  ASSERT_TRUE(connection.run(R"(
      SET berth.actor = 'user:1';
      INSERT INTO berth.pool (name, cluster, currency, policy, site) VALUES
        ('lab', 'default', 'EUR', '{}', '{"flavour": "openshift", "time_zone": "Europe/Berlin", "apps_domain": "lab.example"}'),
        ('new', 'default', 'EUR', '{}', '{"flavour": "openshift", "time_zone": "UTC", "apps_domain": "new.example"}'),
        ('far', 'east', 'EUR', '{}', '{"flavour": "kubernetes"}');
      UPDATE berth.pool SET version = 2 WHERE name = 'lab';
      INSERT INTO berth.app_user (email, name, role) VALUES ('ana@example.org', 'Ana', 'member');
      INSERT INTO berth.device_class (pool, name, ordinal, title, device_memory_gib, gpu_share, rate_micros,
        default_cpu_milli, default_memory_gib, default_storage_gib, ephemeral_gib, pods)
      SELECT id, 'slice', 0, 'Slice', 1, 1, 1, 1, 1, 320, 1, 1 FROM berth.pool WHERE name = 'far';
      INSERT INTO berth.reservation (pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at,
        end_at, owner, name, rate_micros, currency)
      SELECT d.pool, d.id, 1, 1, 1, 320, 'interactive_ml', now(), now() + interval '1 hour', a.id, '', 1, 'EUR'
      FROM berth.device_class d, berth.app_user a;
      INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, host, phase, gone_at)
      SELECT id, 1, 'gone', 'n', 'h', 'Gone', now() FROM berth.reservation;
      RESET berth.actor)"));
  ASSERT_TRUE(migrate(connection));

  const auto lines = [&](const std::string& name, const std::string& sql) {
    const auto rows = connection.exec(pg::Query{name, sql});
    std::vector<std::string> out;
    if (!rows) return std::vector{rows.error().message};
    for (const auto& row : *rows) out.push_back(row.get<std::string>("x"));
    return out;
  };
  EXPECT_EQ(
      lines("clusters", "SELECT name || ' ' || facts AS x FROM berth.cluster ORDER BY name"),
      (std::vector<std::string>{R"(default {"flavour": "openshift", "apps_domain": "lab.example"})",
                                R"(east {"flavour": "kubernetes"})", R"(gone {"flavour": "kubernetes"})"}));
  EXPECT_EQ(
      lines("pools", "SELECT name || ' ' || cluster || ' ' || time_zone AS x FROM berth.pool ORDER BY id"),
      (std::vector<std::string>{"lab default Europe/Berlin", "new default UTC", "far east UTC"}));
  EXPECT_EQ(lines("sizes", "SELECT home_gib || ' ' || model_cache_gib AS x FROM berth.device_class"),
            (std::vector<std::string>{"20 300"}));
  EXPECT_EQ(lines("lost",
                  "SELECT object_id || ' ' || (before #>> '{site,apps_domain}') AS x FROM berth.audit"
                  " WHERE object_type = 'pool' AND actor = 'owner'"),
            (std::vector<std::string>{"new new.example"}))
      << "what does not hold any more is in the audit log, and nothing else is";
  EXPECT_EQ(lines("repeated", "SELECT site ->> 'apps_domain' AS x FROM berth.pool WHERE name = 'new'"),
            (std::vector<std::string>{"lab.example"}))
      << "for programs of the release before";
}

TEST(Migrations, ADatabaseThatServesNewerProgramsAloneIsNotTouched) {
  const auto database = testsupport::postgres().fresh_database(embedded::migrations(), std::string(kSchema));
  auto connection = database.connect();
  ASSERT_TRUE(connection.run(
      "INSERT INTO berth.schema_migration (version, name, sha256) VALUES (9999, '9999_x', 'x')"));
  EXPECT_TRUE(check_schema(connection)) << "what was added does not disturb this program";
  ASSERT_TRUE(connection.run("UPDATE berth.installation SET serves_from_step = 9999"));
  const auto ahead = check_schema(connection);
  ASSERT_FALSE(ahead);
  EXPECT_EQ(ahead.error().slug, "schema_ahead");
}

TEST(Migrations, EachInstallationHasAnIdOfItsOwn) {
  const auto one = testsupport::postgres().fresh_database();
  const auto two = testsupport::postgres().fresh_database();
  auto first = one.connect();
  auto second = two.connect();
  ASSERT_TRUE(migrate(first));
  ASSERT_TRUE(migrate(second));
  EXPECT_EQ(installation_id(first)->size(), 36U);
  EXPECT_NE(*installation_id(first), *installation_id(second));
}

}  // namespace
}  // namespace berth::store
