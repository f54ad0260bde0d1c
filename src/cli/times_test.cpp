#include "cli/times.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "cli/wall_clock.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

Instant at(std::string_view rfc3339) {
  return *parse_rfc3339(rfc3339);
}

/// What `text` means in Berlin at an instant; the fault where it means nothing.
std::string in_berlin(std::string_view text, std::string_view now, std::optional<Instant> after = {}) {
  const auto found =
      parse_time(text, {.now = at(now), .zone = *Zone::named("Europe/Berlin"), .after = after});
  return found ? format_rfc3339(*found) : found.error().message;
}

constexpr std::string_view kTuesday = "2026-11-24T12:30:00Z";  // 13:30 in Berlin

TEST(Times, AreReadInAllTheirForms) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"14:00", "2026-11-24T13:00:00Z"},
      {"9:30", "2026-11-25T08:30:00Z"},
      {"9.30", "2026-11-25T08:30:00Z"},
      {"9", "2026-11-25T08:00:00Z"},
      {"14", "2026-11-24T13:00:00Z"},
      {"930", "2026-11-25T08:30:00Z"},
      {"0930", "2026-11-25T08:30:00Z"},
      {"1430", "2026-11-24T13:30:00Z"},
      {"noon", "2026-11-25T11:00:00Z"},
      {"tomorrow noon", "2026-11-25T11:00:00Z"},
      {"mon 930", "2026-11-30T08:30:00Z"},
      {"14:00+09:00", "2026-11-25T05:00:00Z"},
      {"2026-11-30 14:00+09:00", "2026-11-30T05:00:00Z"},
      {"2026-11-30T14:00+09:00", "2026-11-30T05:00:00Z"},
      {"2027-10-31 02:30 CEST", "2027-10-31T00:30:00Z"},
      {"2027-10-31 02:30 CET", "2027-10-31T01:30:00Z"},
      {"tomorrow 14:00 CET", "2026-11-25T13:00:00Z"},
      {"2pm", "2026-11-24T13:00:00Z"},
      {"2 pm", "2026-11-24T13:00:00Z"},
      {"2:15pm", "2026-11-24T13:15:00Z"},
      {"12am", "2026-11-24T23:00:00Z"},
      {"12pm", "2026-11-25T11:00:00Z"},
      {"tomorrow 14:00", "2026-11-25T13:00:00Z"},
      {"14:00 tomorrow", "2026-11-25T13:00:00Z"},
      {"Tomorrow at 9", "2026-11-25T08:00:00Z"},
      {"tomorrow", "2026-11-24T23:00:00Z"},
      {"today 18:00", "2026-11-24T17:00:00Z"},
      {"today", "2026-11-23T23:00:00Z"},
      {"mon 9", "2026-11-30T08:00:00Z"},
      {"monday 9:00", "2026-11-30T08:00:00Z"},
      {"tue 14:00", "2026-11-24T13:00:00Z"},
      {"tue 13:00", "2026-12-01T12:00:00Z"},
      {"Tue", "2026-11-30T23:00:00Z"},
      {"+1h", "2026-11-24T13:30:00Z"},
      {"+1h30m", "2026-11-24T14:00:00Z"},
      {"in 2 hours", "2026-11-24T14:30:00Z"},
      {"in 90 min", "2026-11-24T14:00:00Z"},
      {"in 1 week", "2026-12-01T12:30:00Z"},
      {"2026-11-30", "2026-11-29T23:00:00Z"},
      {"2026-11-30 14:00", "2026-11-30T13:00:00Z"},
      {"2026-11-30T14:00", "2026-11-30T13:00:00Z"},
      {"2026-11-30 14:00 Asia/Tokyo", "2026-11-30T05:00:00Z"},
      {"2026-11-30 14:00 +09:00", "2026-11-30T05:00:00Z"},
      {"14:00 UTC", "2026-11-24T14:00:00Z"},
      {"14:00 Asia/Tokyo", "2026-11-25T05:00:00Z"},
      {"30.11.2026 14:00", "2026-11-30T13:00:00Z"},
      {"1.2.2027", "2027-01-31T23:00:00Z"},
      {"2026-11-24T14:00:00Z", "2026-11-24T14:00:00Z"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(in_berlin(text, kTuesday), wanted) << text;
}

TEST(Times, WhatIsNoTimeIsRefused) {
  for (const char* text : {"",
                           " ",
                           "now",
                           "25:00",
                           "14:60",
                           "14:0",
                           "13pm",
                           "0pm",
                           "24",
                           "960",
                           "2026",
                           "2030",
                           "14h",
                           "14:00-16:00",
                           "14:00 CET",
                           "mon 14:00 CET",
                           "2026-11-24 10:00x",
                           "mon tue",
                           "14:00 15:00",
                           "mon 9 9",
                           "mon 24",
                           "in",
                           "in two hours",
                           "in 2",
                           "+",
                           "+1x",
                           "+99999999h",
                           "2026-11-24T",
                           "1969-12-31",
                           "30.11",
                           "UTC",
                           "tomorrow yesterday",
                           "99999-01-01"}) {
    EXPECT_THAT(in_berlin(text, kTuesday), HasSubstr("is not a time")) << text;
  }
  EXPECT_EQ(in_berlin("2026-11-31 10:00", kTuesday), "there is no day 2026-11-31");
  EXPECT_EQ(in_berlin("30.2.2027", kTuesday), "there is no day 30.2.2027");
  EXPECT_EQ(in_berlin("2026-12-01 10:00 EST", kTuesday),
            "2026-12-01 10:00 in Europe/Berlin is CET, not EST; a zone is told as Europe/Berlin or +02:00");
  EXPECT_EQ(in_berlin("14:00 Asia/Tokio", kTuesday), "there is no time zone \"Asia/Tokio\" here");
  EXPECT_EQ(in_berlin("14:00 ../etc/passwd", kTuesday), "there is no time zone \"../etc/passwd\" here");
}

TEST(Times, TomorrowIsTheNextDayOfTheCalendarAndNot24HoursOn) {
  EXPECT_EQ(in_berlin("09:00", "2027-03-27T22:30:00Z"), "2027-03-28T07:00:00Z")
      << "a day of 23 hours lies between";
  EXPECT_EQ(in_berlin("00:30", "2027-10-30T22:45:00Z"), "2027-10-31T23:30:00Z") << "a day of 25 hours";
  EXPECT_EQ(in_berlin("tomorrow 09:00", "2027-03-27T22:30:00Z"), "2027-03-28T07:00:00Z");
  EXPECT_EQ(in_berlin("in 1 day", "2027-03-27T12:00:00Z"), "2027-03-28T11:00:00Z")
      << "at the same time of day";
  EXPECT_EQ(in_berlin("in 24 hours", "2027-03-27T12:00:00Z"), "2027-03-28T12:00:00Z");
}

TEST(Times, OfWhatIsOverADayIsTheLastOfItsName) {
  const auto back = [](std::string_view text, std::optional<Instant> after = std::nullopt) {
    const auto found = parse_time(
        text, {.now = at(kTuesday), .zone = *Zone::named("Europe/Berlin"), .after = after, .back = true});
    return found ? format_rfc3339(*found) : found.error().message;
  };
  EXPECT_EQ(back("yesterday"), "2026-11-22T23:00:00Z");
  EXPECT_EQ(back("yesterday 14:00"), "2026-11-23T13:00:00Z");
  EXPECT_EQ(in_berlin("yesterday", kTuesday), "2026-11-22T23:00:00Z") << "there is one everywhere";
  EXPECT_EQ(back("tue"), "2026-11-23T23:00:00Z") << "it is Tuesday";
  EXPECT_EQ(back("tue 23:00"), "2026-11-17T22:00:00Z") << "this one is ahead";
  EXPECT_EQ(back("wed 9"), "2026-11-18T08:00:00Z");
  EXPECT_EQ(back("mon"), "2026-11-22T23:00:00Z");
  EXPECT_EQ(back("09:00"), "2026-11-24T08:00:00Z");
  EXPECT_EQ(back("23:00"), "2026-11-23T22:00:00Z");
  EXPECT_EQ(back("2026-11-01"), "2026-10-31T23:00:00Z");
  EXPECT_EQ(back("tomorrow"), "2026-11-24T23:00:00Z");
  const auto monday = at("2026-11-15T23:00:00Z");
  EXPECT_EQ(back("wed", monday), "2026-11-17T23:00:00Z") << "the end of a range is after its beginning";
  EXPECT_EQ(back("mon", monday), "2026-11-22T23:00:00Z");
}

TEST(Times, ASkippedOneIsRefusedAndTheNextThatExistsNamed) {
  EXPECT_EQ(in_berlin("2027-03-28 02:30", kTuesday),
            "there is no 2027-03-28 02:30 in Europe/Berlin, where the clocks go forward; the next that "
            "exists is 2027-03-28 "
            "03:00 CEST");
  EXPECT_THAT(in_berlin("02:30", "2027-03-28T00:30:00Z"), HasSubstr("there is no 2027-03-28 02:30"));
  EXPECT_EQ(in_berlin("02:30", "2027-03-28T01:00:00Z"), "2027-03-29T00:30:00Z")
      << "what is past is not asked for";
  const auto samoa = parse_time("2011-12-30 12:00 Pacific/Apia", {.now = at(kTuesday)});
  ASSERT_FALSE(samoa.has_value()) << "a whole day was left out";
  EXPECT_THAT(samoa.error().message, HasSubstr("the next that exists is 2011-12-31 00:00"));
}

TEST(Times, ADoubledOneIsRefusedAndBothNamed) {
  EXPECT_EQ(in_berlin("2027-10-31 02:30", kTuesday),
            "2027-10-31 02:30 happens twice in Europe/Berlin, where the clocks go back: say "
            "2027-10-31T02:30:00+02:00 (CEST) or "
            "2027-10-31T02:30:00+01:00 (CET)");
  EXPECT_THAT(in_berlin("02:30", "2027-10-30T23:00:00Z"), HasSubstr("happens twice"));
  EXPECT_EQ(in_berlin("02:30", "2027-10-31T00:45:00Z"), "2027-10-31T01:30:00Z")
      << "only the second is still to come";
  EXPECT_EQ(in_berlin("2027-10-31T02:30:00+02:00", kTuesday), "2027-10-31T00:30:00Z");
}

TEST(Times, AClockTimeMayBeTheFirstAfterAnother) {
  EXPECT_EQ(in_berlin("18:00", kTuesday, at("2026-11-30T13:00:00Z")), "2026-11-30T17:00:00Z");
  EXPECT_EQ(in_berlin("13:00", kTuesday, at("2026-11-30T13:00:00Z")), "2026-12-01T12:00:00Z");
  EXPECT_EQ(in_berlin("14:00", kTuesday, at("2026-11-30T13:00:00Z")), "2026-12-01T13:00:00Z")
      << "not that one itself";
}

TEST(Times, WhichFormItIsCanBeAsked) {
  for (const char* text : {"20:00", "8pm", "20:00 UTC"}) EXPECT_TRUE(is_clock_time(text)) << text;
  for (const char* text : {"tomorrow 20:00", "2026-11-24 20:00", "+1h", "x"})
    EXPECT_FALSE(is_clock_time(text)) << text;
  for (const char* text : {"+1h", "in 2 hours"}) EXPECT_TRUE(is_from_now(text)) << text;
  for (const char* text : {"20:00", "now", "in"}) EXPECT_FALSE(is_from_now(text)) << text;
}

/// Each zone is the machine's for a whole test: looking another one up by name for each time takes far
/// longer.
class TimesOfAYear : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    setenv("TZ", GetParam(), 1);
    tzset();
  }
  void TearDown() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_P(TimesOfAYear, AreWhatTheClocksShowOrAreRefused) {
  const auto zone = Zone::here();
  const auto now = at("2026-12-31T12:00:00Z");
  int skipped = 0;
  int doubled = 0;
  const auto day_of = [](WallTime wall) { return std::chrono::floor<std::chrono::days>(wall); };
  const WallTime first{std::chrono::local_days{std::chrono::year(2027) / 1 / 1}};
  for (auto wall = first; wall < first + std::chrono::days(365); wall += minutes(30)) {
    // All of the days on which clocks change, and of the others one in seven.
    const Instant utc(day_of(wall).time_since_epoch());
    const bool changes = zone.offset(utc - hours(24)) != zone.offset(utc + hours(48));
    if (!changes && (day_of(wall) - day_of(first)).count() % 7 != 0) continue;
    const auto found = parse_time(wall_text(wall), {.now = now});
    if (found) {
      ASSERT_EQ(wall_time(*found, zone), wall) << wall_text(wall);
      // An hour or half an hour away on either side the clocks show something else.
      for (const auto off : {minutes(30), minutes(60)}) {
        ASSERT_NE(wall_time(*found + off, zone), wall);
        ASSERT_NE(wall_time(*found - off, zone), wall);
      }
      continue;
    }
    const bool twice = found.error().message.find("happens twice") != std::string::npos;
    (twice ? doubled : skipped) += 1;
  }
  const bool changes = std::string_view(GetParam()) != "Asia/Kathmandu";
  const int halves =
      std::string_view(GetParam()) == "Australia/Lord_Howe" ? 1 : 2;  // it moves by half an hour
  EXPECT_EQ(skipped, changes ? halves : 0);
  EXPECT_EQ(doubled, changes ? halves : 0);
}

TEST_P(TimesOfAYear, TomorrowIsTheDayAfterToday) {
  const auto zone = Zone::here();
  const auto day_of = [&](Instant each) {
    return std::chrono::floor<std::chrono::days>(wall_time(each, zone));
  };
  for (auto now = at("2027-01-01T00:17:00Z"); now < at("2028-01-01T00:00:00Z"); now += hours(1)) {
    const auto tomorrow = parse_time("tomorrow 12:00", {.now = now});
    ASSERT_TRUE(tomorrow.has_value()) << format_rfc3339(now);
    ASSERT_EQ(day_of(*tomorrow), day_of(now) + std::chrono::days(1)) << format_rfc3339(now);
    const auto noon = parse_time("12:00", {.now = now});
    ASSERT_TRUE(noon.has_value()) << format_rfc3339(now);
    ASSERT_GE(*noon, now);
    ASSERT_LE(*noon, *tomorrow);
    ASSERT_LE(day_of(*noon), day_of(now) + std::chrono::days(1));
  }
}

INSTANTIATE_TEST_SUITE_P(InZones, TimesOfAYear,
                         testing::Values("Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                         "Asia/Kathmandu", "Pacific/Auckland", "America/Santiago"));

}  // namespace
}  // namespace berth::cli
