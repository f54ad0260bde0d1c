// Who comes into a database to back it up, to try a backup, to restore one or to migrate, and may not: told
// before anything is done, with what an admin types. On a server of its own, since roles are the server's.
#include "store/standing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "backup/backup.hpp"
#include "store/migrations.hpp"
#include "testsupport/must.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::backup {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testsupport::Database;
using testsupport::must;

class Standing : public testing::Test {
 protected:
  Standing() {
    fs::create_directories(folder_);
    run(outside_,
        "CREATE ROLE site_owner LOGIN; CREATE ROLE site_backup LOGIN; CREATE ROLE site_other LOGIN");
  }
  ~Standing() override { fs::remove_all(folder_); }

  static void run(const Database& database, const std::string& sql) { must(database.connect().run(sql)); }
  void own(const Database& database, const std::string& role) {
    run(outside_, fmt::format("ALTER DATABASE {} OWNER TO {}", database.name(), role));
  }
  void make_groups() {
    run(outside_, "CREATE ROLE berth_portal NOLOGIN; CREATE ROLE berth_reconciler NOLOGIN");
  }
  Status may_migrate(const Database& database, const std::string& role) {
    auto connection = must(pg::Connection::connect(database.settings_as(role)));
    return store::check_may_migrate(connection);
  }
  void migrate(const Database& database, const std::string& role) {
    auto connection = must(pg::Connection::connect(database.settings_as(role)));
    must(store::check_may_migrate(connection));
    must(store::migrate(connection));
  }
  /// An installation's: groups, an owner that is no superuser, and a scratch database.
  void install() {
    make_groups();
    run(outside_, "CREATE ROLE berth_backup NOLOGIN; GRANT berth_backup TO site_backup");
    own(berth_, "site_owner");
    own(scratch_, "site_backup");
    migrate(berth_, "site_owner");
    run(berth_, "SELECT berth.let_backups_read()");
  }
  Result<Made> made(const Database& database, const Database& scratch) {
    return make({.database = database.settings_as("site_backup"),
                 .scratch = scratch.settings_as("site_backup"),
                 .key = key_.public_half(),
                 .folder = folder_,
                 .program = "0.1.0"},
                random_);
  }
  Result<Made> made() { return made(berth_, scratch_); }
  template <typename T>
  static std::string message(const Result<T>& result) {
    return result ? "done" : result.error().message;
  }
  std::string there(const Database& database) {
    auto connection = database.connect();
    return std::to_string(
        must(connection.exec(pg::Query{"there", "SELECT 1 FROM pg_namespace WHERE nspname = 'berth'"}))
            .size());
  }

  SystemRandom random_;
  PrivateKey key_{random_};
  testsupport::PrivatePostgres server_;
  Database outside_ = server_.fresh_database();
  Database berth_ = server_.fresh_database();
  Database scratch_ = server_.fresh_database();
  fs::path folder_ = testing::TempDir() + "/berth-standing-" + std::to_string(::getpid());
};

TEST_F(Standing, ABackupTellsNoRightFromAnEmptyDatabaseAndFromAnotherOne) {
  make_groups();
  own(berth_, "site_owner");
  own(scratch_, "site_backup");
  EXPECT_THAT(message(made()), AllOf(HasSubstr("has no schema berth (it is empty)"),
                                     HasSubstr("run berth migrate as its owner site_owner"),
                                     HasSubstr("this server also has")));
  migrate(berth_, "site_owner");
  // Nobody made the group; then it is there and the role is not in it; then berth migrate has not seen it.
  EXPECT_THAT(message(made()), AllOf(HasSubstr("the server has no role berth_backup"),
                                     HasSubstr("CREATE ROLE berth_backup NOLOGIN; GRANT berth_backup TO "
                                               "site_backup; then run berth migrate as site_owner")));
  run(outside_, "CREATE ROLE berth_backup NOLOGIN");
  EXPECT_THAT(message(made()),
              AllOf(HasSubstr("role site_backup is not in berth_backup"),
                    HasSubstr("GRANT berth_backup TO site_backup"), Not(HasSubstr("migrate"))));
  run(outside_, "GRANT berth_backup TO site_backup");
  EXPECT_THAT(message(made()),
              AllOf(HasSubstr("role site_backup"), HasSubstr("run berth migrate as site_owner")));
  run(berth_, "SELECT berth.let_backups_read()");
  EXPECT_EQ(message(made()), "done");

  // The maintenance database, or the two URLs in each other's place.
  EXPECT_THAT(message(made(outside_, scratch_)),
              AllOf(HasSubstr(fmt::format("database {} has no schema berth", outside_.name())),
                    HasSubstr(berth_.name()), Not(HasSubstr("schema step 0"))));
  EXPECT_THAT(message(made(scratch_, berth_)),
              HasSubstr(fmt::format("database {} has no schema berth", scratch_.name())));
  run(outside_, "CREATE TABLE public.somebodys (x int)");
  EXPECT_THAT(message(made(outside_, scratch_)), HasSubstr("it has public.somebodys: another program's"));
}

TEST_F(Standing, AScratchDatabaseThatNothingCanBeMadeInIsToldBeforeAnythingIsWritten) {
  install();
  own(scratch_, "site_other");
  EXPECT_THAT(message(made()),
              AllOf(HasSubstr("the scratch database: role site_backup may make nothing"),
                    HasSubstr(fmt::format("ALTER DATABASE {} OWNER TO site_backup", scratch_.name()))));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1)
      << "but for the lock";
}

TEST_F(Standing, ARestoreIsTheDatabasesOwnersAlone) {
  install();
  const auto file = must(made()).file;
  const auto target = server_.fresh_database();
  const auto put = [&](const std::string& role) {
    return restore(file, key_, target.settings_as(role), Keep::kAll);
  };
  // CREATE DATABASE without OWNER, as each of those who could come in.
  const auto give = fmt::format("ALTER DATABASE {} OWNER TO ", target.name());
  EXPECT_THAT(message(put("postgres")),
              AllOf(HasSubstr("postgres is a superuser"), HasSubstr(give + "berth_owner")));
  EXPECT_THAT(message(put("site_owner")),
              AllOf(HasSubstr("belongs to role postgres"), HasSubstr(give + "site_owner")));
  own(target, "site_backup");
  EXPECT_THAT(message(put("site_backup")),
              AllOf(HasSubstr("site_backup is in berth_backup"), HasSubstr(give + "berth_owner")));
  own(target, "site_owner");
  EXPECT_THAT(message(put("postgres")), HasSubstr("come in as its owner site_owner"));
  run(outside_, "GRANT site_owner TO site_other");
  EXPECT_THAT(message(put("site_other")), HasSubstr("come in as site_owner"));
  EXPECT_EQ(there(target), "0") << "nothing was done";
  const auto refused = put("postgres");
  EXPECT_EQ(refused.error().slug, store::kNoStanding);

  EXPECT_EQ(message(put("site_owner")), "done");
  EXPECT_TRUE(may_migrate(target, "site_owner"));
}

TEST_F(Standing, ARestoreTellsWhatTheNewServerLacks) {
  install();
  const auto file = must(made()).file;
  testsupport::PrivatePostgres bare;
  const auto target = bare.fresh_database();
  run(target,
      fmt::format("CREATE ROLE site_owner LOGIN; ALTER DATABASE {} OWNER TO site_owner", target.name()));
  const auto put = [&] { return restore(file, key_, target.settings_as("site_owner"), Keep::kAll); };
  EXPECT_THAT(message(put()),
              AllOf(HasSubstr("no role berth_portal and no berth_reconciler"),
                    HasSubstr("CREATE ROLE berth_portal NOLOGIN; CREATE ROLE berth_reconciler NOLOGIN")));
  EXPECT_EQ(there(target), "0");
  run(target, "CREATE ROLE berth_portal NOLOGIN; CREATE ROLE berth_reconciler NOLOGIN");
  EXPECT_EQ(message(put()), "done");
  auto connection = target.connect();
  EXPECT_THAT(must(store::no_backups_yet(connection)).value_or("none"),
              HasSubstr("CREATE ROLE berth_backup NOLOGIN"));
  run(target, "CREATE ROLE berth_backup NOLOGIN");
  EXPECT_EQ(must(store::no_backups_yet(connection)), std::nullopt);
}

}  // namespace
}  // namespace berth::backup
