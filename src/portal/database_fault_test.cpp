// A database that answers and is not the one that the portal needs: it says so at its start, once, with the
// reason, and on /readyz without names.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "portal/fixture.hpp"
#include "portal/problem.hpp"

namespace berth::portal {
namespace {

class DatabaseFault : public PortalTest {
 protected:
  ~DatabaseFault() override { std::filesystem::remove(path_); }

  /// A portal of its own, which comes into the site's database with these words added.
  std::unique_ptr<Portal> start(const std::string& words, const std::string& base = {}) {
    auto settings = site().settings();
    settings.database = site().database.settings();
    if (!base.empty()) settings.database.conninfo = base;
    settings.database.conninfo += " " + words;
    return must(Portal::start(settings, Log::to_file("portal", LogLevel::kInfo, path_)));
  }
  std::string log() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int times_logged(const std::string& words) const {
    const auto text = log();
    int times = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++times;
    return times;
  }
  void expect_unready(const Portal& portal, const std::string& code, const std::string& reason) const {
    EXPECT_TRUE(eventually([&] { return times_logged(reason) >= 1; })) << log();
    Client probe(portal.port());
    for (int i = 0; i < 5; ++i) {
      const auto answer = probe.get("/readyz");
      EXPECT_EQ(answer.status, 503) << answer.body;
      EXPECT_EQ(answer.code(), code);
      EXPECT_EQ(answer.body.find("berth_"), std::string::npos) << "anybody may ask: " << answer.body;
    }
    EXPECT_EQ(times_logged(reason), 2) << "once at its start, once of /readyz: " << log();
  }

  const std::string path_ = testing::TempDir() + "/berth-database-fault-" + std::to_string(::getpid());
};

TEST_F(DatabaseFault, TheRoleOfAnotherProgramIsTold) {
  const auto portal = start("options='-c role=berth_reconciler'");
  expect_unready(*portal, "database_role",
                 "the database role berth_reconciler has not the rights of berth_portal");
}

TEST_F(DatabaseFault, ARoleThatTheDatabaseRefusesNothingIsTold) {
  const auto portal = start("");
  expect_unready(*portal, "database_role", "is a superuser, whom the database refuses nothing");
}

TEST_F(DatabaseFault, ADatabaseThatTakesNoWritesIsToldAndReadingGoesOn) {
  const auto portal = start("options='-c role=berth_portal -c default_transaction_read_only=on'");
  expect_unready(*portal, "database_read_only", "the database takes no writes");
  // Its use would be noted.
  Client client(portal->port(),
                {{"Authorization", "Bearer " + site().add_token(site().ana, {"read", "write"})}});
  EXPECT_EQ(client.get("/api/v1/pools").status, 200);
  EXPECT_EQ(client.get("/api/v1/reservations").status, 200);
}

TEST(DatabaseFaultWords, AWriteThatAStandbyRefusesIsNoDatabaseThatDoesNotAnswer) {
  const Error standby{.code = Code::kUnavailable, .message = "cannot", .slug = "25006", .for_log = true};
  EXPECT_NE(problem(standby, "").body.find("The database takes no writes right now"), std::string::npos);
}

TEST_F(DatabaseFault, OneThatCannotBeReachedIsToldWithTheReasonAndNoSecret) {
  const auto portal =
      start("password=hunter2hunter2", testsupport::postgres().conninfo("no_such_database", "postgres"));
  const std::string reason = "the database cannot be reached";
  EXPECT_TRUE(eventually([&] { return times_logged(reason) == 1; })) << log();
  EXPECT_NE(log().find("no_such_database"), std::string::npos) << log();
  EXPECT_NE(log().find("does not exist"), std::string::npos) << log();
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));  // it tries again each second
  EXPECT_EQ(times_logged(reason), 1) << log();
  EXPECT_EQ(Client(portal->port()).get("/readyz").status, 503);
  EXPECT_EQ(log().find("hunter2"), std::string::npos) << log();
}

TEST_F(DatabaseFault, AGoodOneIsNotTalkedAbout) {
  const auto portal = start("options='-c role=berth_portal'");
  Client probe(portal->port());
  EXPECT_TRUE(eventually([&] { return probe.get("/readyz").status == 200; }));
  EXPECT_EQ(times_logged("\"level\":\"warning\""), 0) << log();
}

}  // namespace
}  // namespace berth::portal
