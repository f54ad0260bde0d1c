// The database hangs, is away, and comes back; the portal says so, soon, and goes on.
#include <dirent.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

// Promised: a connection 3 s, a statement 5.5 s, readiness 2.2 s. Told to be within these, on a busy machine.
constexpr Millis kAnswersWithin{12'000};
constexpr Millis kReadyAnswersWithin{6'000};
constexpr Millis kRefusesWithin{1'500};

/// 0 for a text that does not begin with a number.
int number_in(const char* text) {
  return static_cast<int>(std::strtol(text, nullptr, 10));
}

/// The whole server stands still, its sessions too: connections stay open and nobody answers.
class FrozenDatabase {
 public:
  explicit FrozenDatabase(int postmaster) : pids_{postmaster} {
    kill(postmaster, SIGSTOP);  // first, so that no session is born meanwhile
    DIR* folder = opendir("/proc");
    while (const auto* entry = readdir(folder)) {
      const int pid = number_in(entry->d_name);
      if (pid <= 0) continue;
      std::ifstream file(fmt::format("/proc/{}/status", pid));
      for (std::string line; std::getline(file, line);) {
        if (line.starts_with("PPid:") && number_in(line.c_str() + 5) == postmaster) pids_.push_back(pid);
      }
    }
    closedir(folder);
    for (const auto pid : pids_) kill(pid, SIGSTOP);
  }
  ~FrozenDatabase() { thaw(); }
  FrozenDatabase(const FrozenDatabase&) = delete;
  FrozenDatabase& operator=(const FrozenDatabase&) = delete;
  void thaw() {
    for (const auto pid : pids_) kill(pid, SIGCONT);
    pids_.clear();
  }
  std::size_t processes() const { return pids_.size(); }

 private:
  std::vector<int> pids_;
};

/// Sends a request, and fails the test when the answer takes longer than `within`.
Answer timed(Client& client, const std::string& target, Millis within) {
  const auto begun = Steady::now();
  auto answer = client.get(target);
  const auto took = std::chrono::duration_cast<Millis>(Steady::now() - begun);
  std::cout << fmt::format("{} -> {} after {} ms\n", target, answer.status, took.count());
  EXPECT_LT(took.count(), within.count()) << target;
  return answer;
}

void expect_unavailable(const Answer& answer) {
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_GE(std::stoi("0" + answer.header("Retry-After")), 1);
  EXPECT_EQ(answer.json.at("title"), json::value("Unavailable for now"));
  EXPECT_EQ(string_at(answer.json, {"detail"}),
            "The database does not answer right now. Try again in a moment.");
}

class Outage : public PortalTest {};

TEST_F(Outage, ADatabaseThatHangsIsToldSoonAndThePortalStaysUp) {
  auto client = site().client(site().ana);
  auto probe = site().stranger();
  ASSERT_EQ(client.get("/api/v1/pools").status, 200);
  ASSERT_EQ(probe.get("/readyz").status, 200);

  FrozenDatabase frozen(testsupport::postgres().server().pid());
  ASSERT_GT(frozen.processes(), 5U);
  EXPECT_EQ(timed(probe, "/healthz", kRefusesWithin).status, 200);
  expect_unavailable(timed(probe, "/readyz", kReadyAnswersWithin));
  expect_unavailable(timed(client, "/api/v1/pools", kAnswersWithin));
  // Now it is known: many who ask do not keep the workers from those who need no database.
  {
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 12; ++i) {
      crowd.emplace_back([&] {
        auto one = site().client(site().ben);
        EXPECT_EQ(one.get("/api/v1/pools").status, 503);
      });
    }
    EXPECT_EQ(timed(probe, "/healthz", kRefusesWithin).status, 200);
    const auto metrics = timed(probe, "/metrics", kReadyAnswersWithin);
    EXPECT_EQ(metrics.status, 200);
    EXPECT_NE(metrics.body.find("\nberth_database_up 0\n"), std::string::npos) << metrics.body;
    EXPECT_EQ(metrics.body.find("berth_sessions"), std::string::npos) << "what is not known is not told";
  }
  frozen.thaw();
  EXPECT_TRUE(eventually([&] { return probe.get("/readyz").status == 200; }));
  EXPECT_TRUE(eventually([&] { return client.get("/api/v1/pools").status == 200; }));
  EXPECT_EQ(client.post("/api/v1/reservations", booking_body(site().fresh_day())).status, 201);
}

TEST_F(Outage, ADatabaseThatIsAwayIsToldAtOnceAndStreamsGoOnWhenItIsBack) {
  auto client = site().client(site().ana);
  auto probe = site().stranger();
  const EventReader reader(site().port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return reader.opened(); }));
  pg::Settings admin;
  admin.conninfo = testsupport::postgres().conninfo("postgres");
  auto connection = must(pg::Connection::connect(admin));
  const auto& name = site().database.name();
  must(connection.run(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)));
  must(connection.run(
      fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", name)));

  expect_unavailable(timed(client, "/api/v1/pools", kRefusesWithin));
  expect_unavailable(timed(probe, "/readyz", kRefusesWithin));
  EXPECT_EQ(timed(probe, "/healthz", kRefusesWithin).status, 200);
  EXPECT_NE(timed(probe, "/metrics", kRefusesWithin).body.find("\nberth_database_up 0\n"), std::string::npos);
  EXPECT_FALSE(reader.ended());

  must(connection.run(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)));
  // Before the portal listens again: what happened while it was deaf is read afterwards.
  const auto id = site().number("SELECT coalesce(max(id), 0) + 1 AS x FROM berth.event");
  site().sql("SELECT berth.emit('pool', NULL, NULL, NULL, NULL)");
  EXPECT_TRUE(eventually(
      [&] { return probe.get("/readyz").status == 200 && client.get("/api/v1/pools").status == 200; }));
  EXPECT_TRUE(eventually([&] { return !reader.changes().empty() && reader.changes().back().id >= id; }));
  EXPECT_EQ(reader.changes().size(), 1U);
}

TEST_F(Outage, ProbesAreAnsweredWhileTheOnlyWorkerWaitsForALock) {
  auto settings = site().settings();
  settings.server.workers = 1;
  const auto portal = site().start_portal(settings);
  auto locker = site().database.connect();
  must(locker.run("BEGIN; LOCK TABLE berth.api_token IN ACCESS EXCLUSIVE MODE"));
  Answer waited;
  {
    const std::jthread waiting(
        [&] { waited = Site::client(site().ana, portal->port()).get("/api/v1/pools"); });
    ASSERT_TRUE(eventually([&] {
      return site().number(
                 "SELECT count(*) AS x FROM pg_locks WHERE NOT granted AND relation = "
                 "'berth.api_token'::regclass") == 1;
    }));
    Client probe(portal->port());
    for (const auto* target : {"/healthz", "/readyz", "/metrics"})
      EXPECT_EQ(timed(probe, target, kRefusesWithin).status, 200) << target;
    must(locker.run("ROLLBACK"));
  }
  // On a loaded machine three probes take longer than a statement waits.
  EXPECT_THAT(waited.status, testing::AnyOf(200, 503)) << waited.body;
}

TEST_F(Outage, ThePortalStartsWithoutADatabase) {
  auto settings = site().settings();
  settings.database.conninfo = testsupport::postgres().conninfo("not_made_yet");
  const auto portal = site().start_portal(settings);
  Client probe(portal->port());
  EXPECT_EQ(probe.get("/healthz").status, 200);
  expect_unavailable(probe.get("/readyz"));
  expect_unavailable(probe.post("/api/v1/auth/login", {{"email", "a@b.c"}, {"password", "x"}}));
}

TEST_F(Outage, ADatabaseWithoutOurSchemaIsNotReady) {
  const auto empty = testsupport::postgres().fresh_database();
  auto settings = site().settings();
  settings.database = empty.settings();
  const auto portal = site().start_portal(settings);
  Client probe(portal->port());
  EXPECT_EQ(probe.get("/readyz").status, 503);
}

}  // namespace
}  // namespace berth::portal
