// What comes while a round commits goes into the next one, and everybody is answered by themselves.
#include "portal/desk.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "portal/fixture.hpp"
#include "store/users.hpp"

namespace berth::portal {
namespace {

class DeskTest : public PortalTest {
 protected:
  /// Holds a pool's lock as another portal would, until it is let go of.
  class Holder {
   public:
    explicit Holder(const testsupport::Database& database, const std::string& pool)
        : connection_(database.connect()), transaction_(must(pg::Transaction::begin(connection_))) {
      must(transaction_.exec(
          pg::Query{"hold", "SELECT pg_advisory_xact_lock(1, id::int) FROM berth.pool WHERE name = $1"},
          pool));
    }
    void let_go() { must(transaction_.commit()); }

   private:
    pg::Connection connection_;
    pg::Transaction transaction_;
  };

  /// How many wait for a pool's lock.
  std::int64_t waiting() {
    return site().number(
        "SELECT count(*) AS x FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = 1"
        " AND NOT l.granted");
  }
};

TEST_F(DeskTest, ThoseThatWaitTogetherAreWrittenTogether) {
  const auto day = site().fresh_day();
  const auto transactions = [&] {
    return site().number(
        fmt::format("SELECT count(DISTINCT xmin::text) AS x FROM berth.reservation WHERE start_at >= '{}'"
                    " AND start_at < '{}'",
                    format_rfc3339(day), format_rfc3339(day + hours(8))));
  };
  Holder holder(site().database, "lab");
  const std::array<const Person*, 4> people{&site().ana, &site().tom, &site().ben, &site().lead};
  std::vector<std::future<Answer>> answers;
  const auto send = [&](std::size_t n) {
    answers.push_back(std::async(std::launch::async, [&, n] {
      auto client = site().client(*people[n % people.size()]);
      return client.post("/api/v1/reservations", booking_body(day + hours(n / 4), 1));
    }));
  };
  send(0);  // goes at once, and waits for the lock
  ASSERT_TRUE(eventually([&] { return waiting() == 1; }));
  for (std::size_t n = 1; n < 9; ++n) send(n);
  ASSERT_TRUE(eventually([&] {
    return site().stranger().get("/metrics").body.find("what=\"answered_later\"} 9") != std::string::npos;
  }));
  holder.let_go();
  std::set<std::string> ids;
  for (auto& answer : answers) {
    const auto given = answer.get();
    EXPECT_EQ(given.status, 201) << given.body;
    EXPECT_FALSE(given.header("Location").empty());
    ids.insert(given.id());
  }
  EXPECT_EQ(ids.size(), 9U);
  EXPECT_EQ(transactions(), 2) << "the first alone, all others together";
}

TEST_F(DeskTest, ARefusalIsLookedUpWhileOthersAreBooked) {
  const auto day = site().fresh_day();
  auto ana = site().client(site().ana);
  ASSERT_EQ(ana.post("/api/v1/reservations", booking_body(day, 2, 4)).status, 201);
  std::vector<std::future<Answer>> refused;
  for (int n = 0; n < 4; ++n) {
    refused.push_back(std::async(std::launch::async, [&] {
      return site().client(site().tom).post("/api/v1/reservations", booking_body(day, 2, 2));
    }));
  }
  EXPECT_EQ(site().client(site().ben).post("/api/v1/reservations", booking_body(day + hours(3), 1)).status,
            201);
  for (auto& one : refused) {
    const auto given = one.get();
    EXPECT_EQ(given.status, 409) << given.body;
    EXPECT_FALSE(given.json.at("alternatives").as_array().empty()) << given.body;
  }
}

TEST_F(DeskTest, WhatNobodyWaitsForIsNotBooked) {
  pg::Pool connections(site().settings().database, 2);
  GatedDatabase database(connections);
  Desk desk(database, {.rounds = 1, .lookups = 1, .most = 8});
  const auto day = site().fresh_day();
  const auto pool = model::PoolId{site().number("SELECT id AS x FROM berth.pool WHERE name = 'lab'")};
  const auto owner = [&] {
    auto connection = site().database.connect();
    return must(store::load_viewer(connection, site().ana.id));
  }();
  const auto wish = [&](int hour) {
    booking::Request request;
    request.pool = "lab";
    request.device_class = "slice-24gb";
    request.start = day + hours(hour);
    request.duration = minutes(60);
    return store::Wish{store::author_of(site().ana.id),
                       store::BookWish{owner, {request, std::nullopt}, std::nullopt}};
  };
  std::promise<Result<store::Answer>> answered;
  std::atomic<bool> dropped_was_answered = false;
  Holder holder(site().database, "lab");
  std::promise<void> first_done;
  desk.post({pool, wish(0), [] { return true; },
             [&](pg::Connection*, Result<store::Answer>) { first_done.set_value(); }});
  ASSERT_TRUE(eventually([&] { return waiting() == 1; }));
  desk.post({pool, wish(1), [] { return false; },
             [&](pg::Connection*, Result<store::Answer>) { dropped_was_answered = true; }});
  desk.post({pool, wish(2), [] { return true; },
             [&](pg::Connection*, Result<store::Answer> answer) { answered.set_value(std::move(answer)); }});
  holder.let_go();
  first_done.get_future().get();
  const auto last = answered.get_future().get();
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_FALSE(dropped_was_answered);
  EXPECT_EQ(site().number(fmt::format(
                "SELECT count(*) AS x FROM berth.reservation WHERE start_at >= '{}' AND start_at < '{}'",
                format_rfc3339(day), format_rfc3339(day + hours(8)))),
            2);
}

TEST_F(DeskTest, WhoWaitsWhenItStopsIsToldSo) {
  pg::Pool connections(site().settings().database, 2);
  GatedDatabase database(connections);
  Desk desk(database, {.rounds = 1, .lookups = 1, .most = 8});
  desk.stop();
  std::optional<Error> told;
  desk.post({model::PoolId{1},
             {},
             [] { return true; },
             [&](pg::Connection* connection, Result<store::Answer> answer) {
               EXPECT_EQ(connection, nullptr);
               if (!answer) told = answer.error();
             }});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->code, Code::kUnavailable);
}

TEST_F(DeskTest, ADatabaseThatIsAwayIsSaidToAll) {
  auto nowhere = site().settings().database;
  nowhere.conninfo = "host=/nowhere dbname=none";
  pg::Pool connections(nowhere, 2);
  GatedDatabase database(connections);
  Desk desk(database, {.rounds = 1, .lookups = 1, .most = 8});
  std::promise<Result<store::Answer>> answered;
  desk.post({model::PoolId{1},
             {},
             [] { return true; },
             [&](pg::Connection*, Result<store::Answer> answer) { answered.set_value(std::move(answer)); }});
  const auto answer = answered.get_future().get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace berth::portal
