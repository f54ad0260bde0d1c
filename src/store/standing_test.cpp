// On a server of its own, since roles are the server's. Backups and restores: src/backup/standing_test.cpp.
#include "store/standing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/migrations.hpp"
#include "testsupport/must.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testsupport::must;

TEST(MigratorsStanding, AMigrationSaysWhatItsRoleLacks) {
  testsupport::PrivatePostgres server;
  const auto berth = server.fresh_database();
  auto admin = berth.connect();
  must(admin.run(fmt::format(
      "CREATE ROLE site_owner LOGIN; CREATE ROLE site_other LOGIN; ALTER DATABASE {} OWNER TO site_owner",
      berth.name())));
  const auto said = [&](const char* role) {
    auto connection = must(pg::Connection::connect(berth.settings_as(role)));
    const auto may = check_may_migrate(connection);
    return may ? std::string("fine") : may.error().message;
  };
  EXPECT_THAT(said("site_other"),
              AllOf(HasSubstr("may make nothing in database"), HasSubstr("OWNER TO site_other")));
  EXPECT_THAT(said("site_owner"), HasSubstr("CREATE ROLE berth_portal NOLOGIN"));
  must(admin.run("CREATE ROLE berth_portal NOLOGIN; CREATE ROLE berth_reconciler NOLOGIN"));
  EXPECT_EQ(said("site_owner"), "fine");
  auto owner = must(pg::Connection::connect(berth.settings_as("site_owner")));
  must(migrate(owner));
  EXPECT_EQ(said("site_owner"), "fine");
  EXPECT_THAT(
      said("site_other"),
      HasSubstr(
          "belongs to role site_owner, and site_other may not change it: run berth migrate as site_owner"));
}

}  // namespace
}  // namespace berth::store
