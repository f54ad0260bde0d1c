// Booking over HTTP: refusals with alternatives that hold, keys that make repeating safe, versions that make
// editing so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/clock.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class Booking : public PortalTest {
 protected:
  Client ana_ = site().client(site().ana);
  Client ben_ = site().client(site().ben);
};

TEST_F(Booking, AnswersWithTheReservation) {
  const auto day = site().fresh_day();
  auto body = booking_body(day);
  body["name"] = "fine-tuning";
  body["team"] = "vision";
  body["cpu"] = 12.5;
  const auto answer = ana_.post("/api/v1/reservations", body);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.header("Location"), "/api/v1/reservations/" + answer.id());
  auto seen = answer.json.as_object();
  EXPECT_EQ(seen["pool"], json::value("lab"));
  EXPECT_EQ(seen["device_class"], json::value("slice-24gb"));
  EXPECT_EQ(seen["units"], json::value(1));
  EXPECT_EQ(seen["cpu"], json::value(12.5));
  EXPECT_EQ(seen["memory_gib"], json::value(92));
  EXPECT_EQ(seen["storage_gib"], json::value(558));
  EXPECT_EQ(seen["mode"], json::value("interactive_ml"));
  EXPECT_EQ(time_at(answer.json, "start"), day);
  EXPECT_EQ(time_at(answer.json, "end"), day + hours(2));
  EXPECT_EQ(seen["state"], json::value("APPROVED"));
  EXPECT_EQ(seen["reason"], json::value(""));
  EXPECT_EQ(seen["owner"], json::value("ana@example.org"));
  EXPECT_EQ(seen["team"], json::value("vision"));
  EXPECT_EQ(seen["name"], json::value("fine-tuning"));
  EXPECT_EQ(seen["version"], json::value(1));
  EXPECT_EQ(seen["rate"], json::value(0.8));
  EXPECT_NE(answer.body.find("\"rate\":0.8,"), std::string::npos) << "and no 8E-1: " << answer.body;
  EXPECT_EQ(seen["phase"], json::value(nullptr));
  EXPECT_EQ(without_home(ana_.get("/api/v1/reservations/" + answer.id()).json), answer.json);
}

TEST_F(Booking, TakesADurationAndNowInsteadOfTimes) {
  const auto answer = ana_.post("/api/v1/reservations", {{"pool", "pair"},
                                                         {"device_class", "slice-24gb"},
                                                         {"units", 1},
                                                         {"start", "now"},
                                                         {"duration_minutes", 45}});
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto length = time_at(answer.json, "end") - time_at(answer.json, "start");
  EXPECT_GE(length, minutes(45));
  EXPECT_LT(length, minutes(75)) << "the end is rounded up to a step of 30 minutes";
}

TEST_F(Booking, ARefusalNamesTheLimitingResourceAndOffersWhatHolds) {
  const auto day = site().fresh_day();
  ASSERT_EQ(ana_.post("/api/v1/reservations", booking_body(day, 2, 3)).status, 201);
  auto body = booking_body(day, 1, 2);
  body["name"] = "kept";
  const auto refused = ben_.post("/api/v1/reservations", body);
  ASSERT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(refused.code(), "no_capacity");
  EXPECT_EQ(refused.json.at("limiting"),
            (json::value{{"resource", "units"}, {"needed", 2}, {"free", 1}, {"at", format_rfc3339(day)}}));
  const auto& offers = refused.json.at("alternatives").as_array();
  ASSERT_GE(offers.size(), 1U);
  EXPECT_EQ(time_at(offers[0], "start"), day + hours(2)) << "the next free slot of the same shape";
  for (const auto& offer : offers) {
    EXPECT_EQ(string_at(offer, {"name"}), "kept");
    const auto booked = ben_.post("/api/v1/reservations", offer);
    EXPECT_EQ(booked.status, 201) << json::serialize(offer) << ": " << booked.body;
    EXPECT_EQ(ben_.del("/api/v1/reservations/" + booked.id()).status, 200);
  }
}

TEST_F(Booking, TheSameTimeWithAnotherClassIsOffered) {
  const auto day = site().fresh_day();
  ASSERT_EQ(ana_.post("/api/v1/reservations", booking_body(day, 2, 4)).status, 201);
  const auto refused = ben_.post("/api/v1/reservations", booking_body(day, 2, 1));
  ASSERT_EQ(refused.status, 409);
  std::set<std::string> classes;
  for (const auto& offer : refused.json.at("alternatives").as_array()) {
    classes.insert(string_at(offer, {"device_class"}));
    const auto booked = ben_.post("/api/v1/reservations", offer);
    EXPECT_EQ(booked.status, 201) << json::serialize(offer) << ": " << booked.body;
    ben_.del("/api/v1/reservations/" + booked.id());
  }
  EXPECT_EQ(classes, (std::set<std::string>{"slice-24gb", "whole-96gb"}));
}

TEST_F(Booking, WhatLimitsMayBeCpuMemoryOrStorage) {
  const auto day = site().fresh_day();
  auto large = booking_body(day, 2, 1);
  large["cpu"] = 120.5;
  ASSERT_EQ(ana_.post("/api/v1/reservations", large).status, 201);
  auto body = booking_body(day, 2, 1);
  body["cpu"] = 2;
  const auto refused = ben_.post("/api/v1/reservations", body);
  ASSERT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(refused.json.at("limiting"),
            (json::value{{"resource", "cpu"}, {"needed", 2}, {"free", 1.5}, {"at", format_rfc3339(day)}}));
  EXPECT_NE(string_at(refused.json, {"detail"}).find("2 CPU needed, 1.5 CPU free"), std::string::npos)
      << refused.body;
}

/// The units of the pool "pair", as an admin or the reconciler takes them away, for as long as this lives.
class TakenAway {
 public:
  TakenAway(const Site& site, std::string begin, std::string end) : site_(site), end_(std::move(end)) {
    site_.sql(begin);
  }
  ~TakenAway() { site_.sql(end_); }
  TakenAway(const TakenAway&) = delete;
  TakenAway& operator=(const TakenAway&) = delete;

  static std::string units() {
    return "(SELECT u.id FROM berth.unit u JOIN berth.node n ON n.id = u.node JOIN berth.pool p ON p.id = "
           "n.pool WHERE p.name = 'pair')";
  }

 private:
  const Site& site_;
  std::string end_;
};

TEST_F(Booking, WhatIsOutOfServiceIsSaidWhereUnitsAreShort) {
  auto body = booking_body(site().fresh_day(), 1, 2);
  body["pool"] = "pair";
  const auto detail = [&](const std::string& path, const json::object& asked) {
    const auto answer = ben_.post(path, asked);
    return string_at(answer.status == 409 ? answer.json : answer.json.at("problem"), {"detail"});
  };
  auto now = body;
  now["start"] = "now";
  now.erase("end");
  now["duration_minutes"] = 60;
  {
    const TakenAway node(site(),
                         "INSERT INTO berth.hold (unit, session, since, why) SELECT id, NULL, now(), 'Node "
                         "gpu-node-2 is not ready.' FROM berth.unit WHERE id IN " +
                             TakenAway::units(),
                         "DELETE FROM berth.hold WHERE unit IN " + TakenAway::units());
    const auto told = detail("/api/v1/reservations", now);
    EXPECT_NE(told.find("2 of the 2 units of this class are out of service. Node gpu-node-2 is not ready."),
              std::string::npos)
        << told;
    EXPECT_NE(detail("/api/v1/reservations:check", {{"create", now}}).find(" 2 of the 2 units of this class"),
              std::string::npos)
        << "who only asks is told the same";
  }
  {
    const TakenAway units(site(),
                          "UPDATE berth.unit SET out_of_service = true WHERE id IN " + TakenAway::units(),
                          "UPDATE berth.unit SET out_of_service = false WHERE id IN " + TakenAway::units());
    const auto told = detail("/api/v1/reservations", body);
    EXPECT_NE(told.find("2 of the 2 units of this class are out of service. An admin has taken them out."),
              std::string::npos)
        << told;
  }
  ASSERT_EQ(ana_.post("/api/v1/reservations", body).status, 201);
  EXPECT_EQ(detail("/api/v1/reservations", body).find("out of service"), std::string::npos)
      << "they are booked, no more";
}

TEST_F(Booking, AnEditThatDoesNotFitIsRefusedWithOffersToo) {
  const auto day = site().fresh_day();
  const auto mine = ana_.post("/api/v1/reservations", booking_body(day, 2, 1));
  ASSERT_EQ(ben_.post("/api/v1/reservations", booking_body(day + hours(2), 2, 4)).status, 201);
  const auto refused = ana_.post("/api/v1/reservations/" + mine.id() + "/extend", {{"minutes", 60}});
  ASSERT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(refused.code(), "no_capacity");
  for (const auto& offer : refused.json.at("alternatives").as_array()) {
    const auto booked = ana_.post("/api/v1/reservations", offer);
    EXPECT_EQ(booked.status, 201) << booked.body;
    ana_.del("/api/v1/reservations/" + booked.id());
  }
}

TEST_F(Booking, TheSameKeyGivesTheSameReservationAgain) {
  const auto body = booking_body(site().fresh_day());
  const http::Headers key{{"Idempotency-Key", "one"}};
  const auto first = ana_.post("/api/v1/reservations", body, key);
  const auto second = ana_.post("/api/v1/reservations", body, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.json, first.json);
  auto other = body;
  other["units"] = 2;
  const auto reused = ana_.post("/api/v1/reservations", other, key);
  EXPECT_EQ(reused.status, 409);
  EXPECT_EQ(reused.code(), "idempotency_key_reused");
  const auto others = ben_.post("/api/v1/reservations", body, key);
  EXPECT_EQ(others.status, 201) << "a key belongs to its owner";
  EXPECT_NE(others.id(), first.id());
  EXPECT_EQ(ana_.del("/api/v1/reservations/" + first.id()).status, 200);
  EXPECT_EQ(ana_.post("/api/v1/reservations", body, key).id(), first.id()) << "also once it is over";
}

TEST_F(Booking, ARefusedKeyMayBeUsedAgain) {
  const auto day = site().fresh_day();
  const auto blocking = ben_.post("/api/v1/reservations", booking_body(day, 2, 4));
  const http::Headers key{{"Idempotency-Key", "refused"}};
  EXPECT_EQ(ana_.post("/api/v1/reservations", booking_body(day), key).status, 409);
  ben_.del("/api/v1/reservations/" + blocking.id());
  EXPECT_EQ(ana_.post("/api/v1/reservations", booking_body(day), key).status, 201);
}

TEST_F(Booking, TheSameKeyAtTheSameMomentBooksOnce) {
  constexpr int kClients = 8;
  const auto body = booking_body(site().fresh_day());
  std::vector<Answer> answers(kClients);
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) {
      threads.emplace_back([&] {
        auto client = site().client(site().ana);
        answer = client.post("/api/v1/reservations", body, {{"Idempotency-Key", "at-once"}});
      });
    }
  }
  std::set<std::string> ids;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 201) << answer.body;
    ids.insert(answer.id());
  }
  EXPECT_EQ(ids.size(), 1U);
}

TEST_F(Booking, AStaleVersionIsRefusedWithTheCurrentOne) {
  const auto booked = ana_.post("/api/v1/reservations", booking_body(site().fresh_day()));
  const auto target = "/api/v1/reservations/" + booked.id();
  ASSERT_EQ(ana_.patch(target, {{"version", 1}, {"name", "first"}}).json.at("version"), json::value(2));
  const auto stale = ana_.patch(target, {{"version", 1}, {"name", "second"}});
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.code(), "version_conflict");
  EXPECT_EQ(stale.json.at("current"), without_home(ana_.get(target).json));
  EXPECT_EQ(stale.json.at("current").at("name"), json::value("first"));
  EXPECT_EQ(ana_.post(target + "/extend", {{"version", 1}, {"minutes", 30}}).code(), "version_conflict");
}

TEST_F(Booking, MovesResizesAndExtendsBeforeTheStart) {
  const auto day = site().fresh_day();
  const auto target = "/api/v1/reservations/" + ana_.post("/api/v1/reservations", booking_body(day)).id();
  const auto moved = ana_.patch(target, {{"version", 1},
                                         {"start", format_rfc3339(day + hours(1))},
                                         {"end", format_rfc3339(day + hours(4))},
                                         {"units", 2},
                                         {"memory_gib", 200}});
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(time_at(moved.json, "start"), day + hours(1));
  EXPECT_EQ(moved.json.at("unit_names").as_array().size(), 2U);
  EXPECT_EQ(moved.json.at("memory_gib"), json::value(200));
  const auto longer = ana_.post(target + "/extend", {{"minutes", 30}});
  EXPECT_EQ(time_at(longer.json, "end"), day + hours(4) + minutes(30));
  const auto fixed = ana_.post(target + "/extend", {{"end", format_rfc3339(day + hours(5))}});
  EXPECT_EQ(time_at(fixed.json, "end"), day + hours(5));
}

TEST_F(Booking, CancelsBeforeTheStartAndEndsAfterIt) {
  const auto day = site().fresh_day();
  const auto canceled = ana_.post("/api/v1/reservations", booking_body(day, 2, 4));
  EXPECT_EQ(ana_.del("/api/v1/reservations/" + canceled.id()).json.at("state"), json::value("CANCELED"));
  const auto again = ana_.post("/api/v1/reservations", booking_body(day, 2, 4));
  ASSERT_EQ(again.status, 201) << "its units are free at once";
  site().begin_session(again.id());
  const auto ended = ana_.del("/api/v1/reservations/" + again.id());
  EXPECT_EQ(ended.json.at("state"), json::value("ACTIVE"));
  EXPECT_EQ(ended.json.at("ending"), json::value(true));
  EXPECT_EQ(ana_.post("/api/v1/reservations/" + again.id() + "/extend", {{"minutes", 30}}).code(),
            "reservation_over");
  EXPECT_EQ(ana_.patch("/api/v1/reservations/" + canceled.id(), {{"version", 2}, {"name", "x"}}).code(),
            "reservation_over");
}

TEST_F(Booking, TellsWhenItReallyEndedAndWhatThatCost) {
  const auto day = site().fresh_day();
  const auto target = [](const Answer& booked) { return "/api/v1/reservations/" + booked.id(); };
  const auto early = ana_.post("/api/v1/reservations", booking_body(day, 4, 2));
  EXPECT_EQ(early.json.at("cost"), json::value(6.4)) << "4 h of 2 units at 0.80";
  EXPECT_EQ(early.json.at("ended_at"), json::value(nullptr));
  site().begin_session(early.id());
  // It began 100 minutes ago.
  const auto begun = std::chrono::floor<seconds>(SystemClock().now()) - minutes(100);
  site().sql(fmt::format(
      "WITH claims AS (UPDATE berth.reservation_unit SET during = tstzrange(lower(during) - {1},"
      " upper(during) - {1}) WHERE reservation = '{0}')"
      " UPDATE berth.reservation SET start_at = start_at - {1}, end_at = end_at - {1} WHERE id = '{0}'",
      early.id(), fmt::format("interval '{} s'", std::chrono::duration_cast<seconds>(day - begun).count())));
  EXPECT_NEAR(ana_.del(target(early)).json.at("cost").to_number<double>(), 0.8 * 2 * 100 / 60, 0.2)
      << "what it has held until now";
  // As the reconciler does once the session is gone.
  site().sql(
      "UPDATE berth.reservation_unit SET during = tstzrange(lower(during), lower(during) + interval '90 min')"
      " WHERE reservation = '" +
      early.id() + "'");
  site().sql("UPDATE berth.reservation SET state = 'COMPLETED' WHERE id = '" + early.id() + "'");
  const auto over = ana_.get(target(early)).json;
  EXPECT_EQ(time_at(over, "ended_at"), begun + minutes(90));
  EXPECT_EQ(time_at(over, "end"), begun + hours(4)) << "what was booked is still told";
  EXPECT_EQ(over.at("cost"), json::value(2.4));
  EXPECT_EQ(over.at("ending"), json::value(false)) << "it is over, not ending";

  const auto canceled = ana_.post("/api/v1/reservations", booking_body(day + hours(4)));
  const auto never = ana_.del(target(canceled)).json;
  EXPECT_EQ(never.at("state"), json::value("CANCELED"));
  EXPECT_EQ(never.at("cost"), json::value(0));
  EXPECT_EQ(never.at("ended_at"), json::value(nullptr));
}

TEST_F(Booking, AvailabilityAddsUpWithoutGap) {
  const auto day = site().fresh_day();
  ana_.post("/api/v1/reservations", booking_body(day + hours(1), 2, 3));
  const auto answer = ana_.get(fmt::format("/api/v1/availability?pool=lab&from={}&to={}", format_rfc3339(day),
                                           format_rfc3339(day + hours(8))));
  ASSERT_EQ(answer.status, 200) << answer.body;
  std::vector<json::value> all(answer.json.at("device_classes").as_array().begin(),
                               answer.json.at("device_classes").as_array().end());
  for (const auto* name : {"cpu", "memory_gib", "storage_gib"}) all.push_back(answer.json.at(name));
  ASSERT_EQ(all.size(), 5U);
  for (const auto& series : all) {
    auto at = day;
    for (const auto& segment : series.at("segments").as_array()) {
      EXPECT_EQ(time_at(segment, "start"), at);
      at = time_at(segment, "end");
      double sum = 0;
      for (const auto* part : {"free", "reserved", "blocked", "out_of_service"}) {
        sum += segment.at(part).to_number<double>();
      }
      EXPECT_DOUBLE_EQ(sum, series.at("total").to_number<double>());
    }
    EXPECT_EQ(at, day + hours(8));
  }
  const auto& slices = answer.json.at("device_classes").at(1);
  EXPECT_EQ(string_at(slices, {"device_class"}), "slice-24gb");
  EXPECT_EQ(slices.at("segments").at(1).at("free"), json::value(1));
}

}  // namespace
}  // namespace berth::portal
