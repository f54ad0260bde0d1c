#include "store/migrations.hpp"

#include <gtest/gtest.h>

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
