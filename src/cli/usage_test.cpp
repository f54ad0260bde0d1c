#include "cli/usage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class UsageCommand : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }
  static json::value row(std::string_view kind, const json::value& key, double hours,
                         const json::value& micros) {
    return {{"kind", kind},
            {"key", key},
            {"unit_hours", hours},
            {"gpu_hours", hours / 4},
            {"share", hours / 100},
            {"booked_cost_micros", static_cast<std::int64_t>(hours * 800'000)},
            {"annual_cost_share_micros", micros},
            {"gpu_activity", nullptr},
            {"tokens", nullptr}};
  }
  static json::value answer() {
    return {{"pool", "lab"},
            {"from", "2026-10-31T23:00:00Z"},
            {"to", "2026-11-30T23:00:00Z"},
            {"time_zone", "Europe/Berlin"},
            {"counted", {{"from", "2026-10-31T23:00:00Z"}, {"to", "2026-11-24T12:30:00Z"}, {"hours", 565.5}}},
            {"provisional", true},
            {"group_by", "owner"},
            {"sees", "all"},
            {"booked_currency", "EUR"},
            {"currency", "EUR"},
            {"annual_cost", "12345.67"},
            {"reasons",
             {{"cost", nullptr},
              {"booked_cost", nullptr},
              {"gpu_activity", "not measured"},
              {"tokens", "not measured"}}},
            {"items", json::array{row("owner", "ana@example.org", 30, 1'234'565'000)}},
            {"next", nullptr},
            {"others", nullptr},
            {"idle", row("idle", nullptr, 70, 2'994'999)},
            {"out_of_service", nullptr},
            {"total", row("total", nullptr, 100, 1'237'559'999)},
            {"utilisation", json::array{{{"month", "2026-11"},
                                         {"provisional", true},
                                         {"device_class", "slice-24gb"},
                                         {"reserved_unit_hours", 30.0},
                                         {"bookable_unit_hours", 100.0},
                                         {"out_of_service_unit_hours", 0.0},
                                         {"utilisation", 0.3}},
                                        {{"month", "2026-11"},
                                         {"provisional", true},
                                         {"device_class", "whole-96gb"},
                                         {"reserved_unit_hours", 0.0},
                                         {"bookable_unit_hours", 0.0},
                                         {"out_of_service_unit_hours", 9.0},
                                         {"utilisation", nullptr}}}}};
  }
  const Instant now_ = *parse_rfc3339("2026-11-24T12:30:00Z");
};

TEST_F(UsageCommand, RowsIdleAndTotalStandInOneTable) {
  const auto text = usage_text(answer(), now_);
  EXPECT_THAT(text, HasSubstr("provisional"));
  EXPECT_THAT(text,
              HasSubstr("OWNER            UNIT HOURS  GPU HOURS  SHARE    COST (EUR)  ANNUAL SHARE (EUR)\n"
                        "ana@example.org  30.0        7.5        30.0 %   24.00       1234.57\n"
                        "idle             70.0        17.5       70.0 %   56.00       2.99\n"
                        "total            100.0       25.0       100.0 %  80.00       1237.56\n"))
      << text;
  EXPECT_THAT(text, HasSubstr("GPU activity: not measured. Tokens: not measured."));
  EXPECT_THAT(text, Not(HasSubstr("others")));
}

TEST_F(UsageCommand, WhatWasBlockedIsARowWhereThereIsAny) {
  auto usage = answer();
  EXPECT_THAT(usage_text(usage, now_), Not(HasSubstr("blocked")));
  auto blocked = row("blocked", nullptr, 12, 0);
  blocked.at("gpu_hours") = 0.0;
  usage.as_object()["blocked"] = std::move(blocked);
  EXPECT_THAT(usage_text(usage, now_),
              HasSubstr("blocked          12.0        0.0        12.0 %   9.60        0.00\n"));
}

TEST_F(UsageCommand, UtilisationOfNothingIsNoNumber) {
  const auto text = usage_text(answer(), now_);
  EXPECT_THAT(text,
              HasSubstr("2026-11 (provisional)  slice-24gb  30.0               100.0              30.0 %\n"
                        "2026-11 (provisional)  whole-96gb  0.0                0.0                -\n"))
      << text;
}

TEST_F(UsageCommand, WithoutAnAnnualCostItSaysWhy) {
  auto usage = answer();
  usage.at("reasons").at("cost") = "no annual cost is set for pool lab";
  usage.at("currency") = nullptr;
  for (auto* of : {&usage.at("items").at(0), &usage.at("idle"), &usage.at("total")})
    of->at("annual_cost_share_micros") = nullptr;
  const auto text = usage_text(usage, now_);
  EXPECT_THAT(text, HasSubstr("No share of the annual cost: no annual cost is set for pool lab.\n"));
  EXPECT_THAT(text, HasSubstr("30.0 %   24.00\n")) << "what was booked has its cost all the same";
  EXPECT_THAT(text, Not(HasSubstr("ANNUAL SHARE")));
}

TEST_F(UsageCommand, ASessionIsToldWithItsNameAndOwner) {
  auto usage = answer();
  usage.at("group_by") = "session";
  auto& session = usage.at("items").at(0).as_object();
  session["key"] = "0f8fad5b-d9cb-469f-a165-70867728950e";
  session["name"] = "first\x1b[2J";
  session["owner"] = "ana@example.org";
  session["team"] = nullptr;
  session["device_class"] = "slice-24gb";
  session["held_from"] = "2026-11-23T09:00:00Z";
  session["held_to"] = "2026-11-23T10:00:00Z";
  const auto text = usage_text(usage, now_);
  EXPECT_THAT(text, HasSubstr("0f8fad5b"));
  EXPECT_THAT(text, HasSubstr("Mon 23 Nov 10:00 CET  Mon 23 Nov 11:00 CET"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "a name does not drive the terminal";
}

TEST_F(UsageCommand, CostsOfSeveralCurrenciesAreNone) {
  auto usage = answer();
  usage.at("booked_currency") = nullptr;
  usage.at("reasons").at("booked_cost") = "booked in several currencies: EUR, USD";
  usage.at("items").at(0).at("booked_cost_micros") = nullptr;
  const auto text = usage_text(usage, now_);
  EXPECT_THAT(text, HasSubstr("30.0 %   -      1234.57\n")) << text;
  EXPECT_THAT(text, HasSubstr("No cost: booked in several currencies: EUR, USD.\n"));
}

TEST_F(UsageCommand, ASessionOfMinutesIsNotNothingAndALongNameIsCut) {
  auto usage = answer();
  usage.at("group_by") = "session";
  auto& session = usage.at("items").at(0).as_object();
  session["name"] = std::string(100, 'n');
  session["unit_hours"] = 0.03;
  const auto text = usage_text(usage, now_);
  EXPECT_THAT(text, HasSubstr("  0.03 "));
  EXPECT_THAT(text, HasSubstr(std::string(20, 'n') + "nnnnnnn...")) << text;
  EXPECT_THAT(text, Not(HasSubstr(std::string(31, 'n'))));
}

TEST_F(UsageCommand, TimesAreThoseOfThePoolWhereverOneIs) {
  setenv("TZ", "Asia/Tokyo", 1);
  tzset();
  EXPECT_EQ(*usage_path({.pool = "", .from = "2026-11-01", .to = "2026-12-01"}, "lab", true,
                        {.now = now_, .zone = *Zone::named("Europe/Berlin")}),
            "/usage?pool=lab&group_by=owner&from=2026-10-31T23:00:00Z&to=2026-11-30T23:00:00Z&format=csv");
  EXPECT_THAT(usage_text(answer(), now_), HasSubstr("from Sun 01 Nov 00:00 CET to Tue 01 Dec 00:00 CET"));
}

TEST_F(UsageCommand, AsksForThePeriodThatWasGiven) {
  EXPECT_EQ(*usage_path({}, "lab", false, {.now = now_}), "/usage?pool=lab&group_by=owner&limit=500");
  EXPECT_EQ(*usage_path({.pool = "", .from = "", .to = "", .by = "team"}, "lab", true, {.now = now_}),
            "/usage?pool=lab&group_by=team&format=csv");
  EXPECT_EQ(*usage_path({.pool = "", .from = "2026-11-01", .to = "2026-12-01T00:00:00Z"}, "lab", true,
                        {.now = now_}),
            "/usage?pool=lab&group_by=owner&from=2026-10-31T23:00:00Z&to=2026-12-01T00:00:00Z&format=csv");
  EXPECT_EQ(*usage_path({.pool = "", .from = "2026-11-01", .to = ""}, "lab", true, {.now = now_}),
            "/usage?pool=lab&group_by=owner&from=2026-10-31T23:00:00Z&to=2026-11-24T12:30:00Z&format=csv")
      << "until now";
}

TEST_F(UsageCommand, WhatIsNoTimeIsRefusedByItsName) {
  const auto path = usage_path({.pool = "", .from = "sometime", .to = ""}, "lab", false, {.now = now_});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().fields.at(0).field, "from");
  EXPECT_THAT(usage_path({.pool = "", .from = "2026-10-25 02:00", .to = "2026-10-26"}, "lab", false,
                         {.now = now_, .zone = *Zone::named("Europe/Berlin")})
                  .error()
                  .message,
              HasSubstr("happens twice"))
      << "what is wrong with it is told, whatever it is";
  EXPECT_EQ(*usage_path({.pool = "", .from = "yesterday", .to = "now"}, "lab", true, {.now = now_}),
            "/usage?pool=lab&group_by=owner&from=2026-11-22T23:00:00Z&to=2026-11-24T12:30:00Z&format=csv");
  EXPECT_FALSE(
      usage_path({.pool = "", .from = "2026-11-01", .to = "2026-11-31"}, "lab", false, {.now = now_}));
}

}  // namespace
}  // namespace berth::cli
