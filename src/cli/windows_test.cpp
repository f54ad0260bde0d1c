#include "cli/windows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

Reference berlin(std::string_view now) {
  return {.now = *parse_rfc3339(now), .zone = *Zone::named("Europe/Berlin"), .after = {}};
}

std::string text_of(const Result<json::object>& window) {
  return window ? json_text(*window) : window.error().message;
}

std::string booked(const TypedWindow& typed, std::string_view now = "2026-11-24T12:30:00Z") {
  return text_of(new_window(typed, berlin(now), minutes(30)));
}

/// What becomes of one from 14:00 to 16:00 in Berlin on 24 November, at 13:30 there or at another time.
std::string moved(const TypedWindow& typed, std::string_view now = "2026-11-24T12:30:00Z",
                  std::string_view start = "2026-11-24T13:00:00Z",
                  std::string_view end = "2026-11-24T15:00:00Z") {
  const json::value reservation{
      {"start", start}, {"end", end}, {"units", 1}, {"rate", 0.8}, {"currency", "EUR"}};
  return text_of(moved_window(typed, reservation, berlin(now), minutes(30)));
}

TEST(NewWindow, AClockTimeAsTheEndIsTheFirstAfterTheStart) {
  EXPECT_EQ(booked({.start = "tomorrow 14:00", .end = "18:00", .length = ""}),
            R"({"start":"2026-11-25T13:00:00Z","end":"2026-11-25T17:00:00Z"})");
  EXPECT_EQ(booked({.start = "22:00", .end = "01:00", .length = ""}),
            R"({"start":"2026-11-24T21:00:00Z","end":"2026-11-25T00:00:00Z"})");
  EXPECT_EQ(booked({.start = "now", .end = "13:00", .length = ""}),
            R"({"start":"now","end":"2026-11-25T12:00:00Z"})");
}

TEST(NewWindow, WhatIsCountedFromNowIsTheNextStep) {
  EXPECT_EQ(booked({.start = "+1h", .end = "", .length = "2h"}, "2026-11-24T12:37:41Z"),
            R"({"start":"2026-11-24T14:00:00Z","duration_minutes":120})");
  EXPECT_EQ(booked({.start = "now", .end = "in 2 hours", .length = ""}, "2026-11-24T12:37:41Z"),
            R"({"start":"now","end":"2026-11-24T15:00:00Z"})");
  EXPECT_EQ(booked({.start = "14:10", .end = "", .length = "2h"}),
            R"({"start":"2026-11-24T13:10:00Z","duration_minutes":120})")
      << "what was said is not moved";
}

TEST(NewWindow, ThatATimeIsPutOnAStepIsSaid) {
  const auto said = [](const TypedWindow& typed, std::string_view now) {
    return put_on_steps(typed, berlin(now), minutes(30));
  };
  EXPECT_THAT(
      said({.start = "+1h", .end = "", .length = "2h"}, "2026-11-24T12:37:41Z"),
      testing::ElementsAre("+1h is Tue 24 Nov 14:38 CET; it begins on the next step of the calendar, Tue "
                           "24 Nov 15:00 CET"));
  EXPECT_THAT(
      said({.start = "now", .end = "in 2 hours", .length = ""}, "2026-11-24T12:37:41Z"),
      testing::ElementsAre("in 2 hours is Tue 24 Nov 15:38 CET; it ends on the next step of the calendar, "
                           "Tue 24 Nov 16:00 CET"));
  EXPECT_THAT(said({.start = "+1h", .end = "", .length = "2h"}, "2026-11-24T12:30:00Z"), testing::IsEmpty());
  EXPECT_THAT(said({.start = "14:10", .end = "sometime", .length = ""}, "2026-11-24T12:37:41Z"),
              testing::IsEmpty());
}

TEST(NewWindow, WhatWasNotUnderstoodIsToldOnce) {
  EXPECT_THAT(booked({.start = "sometime", .end = "", .length = "2h"}),
              HasSubstr("\"sometime\" is not a time"));
  EXPECT_THAT(booked({.start = "now", .end = "sometime", .length = ""}),
              HasSubstr("\"sometime\" is not a time"));
  EXPECT_THAT(booked({.start = "now", .end = "", .length = "long"}), HasSubstr("\"long\" is not a length"));
}

TEST(MovedWindow, ANewStartKeepsTheLength) {
  EXPECT_EQ(moved({.start = "15:00", .end = "", .length = ""}),
            R"({"start":"2026-11-24T14:00:00Z","duration_minutes":120})");
  EXPECT_EQ(moved({.start = "tomorrow 23:00", .end = "", .length = ""}),
            R"({"start":"2026-11-25T22:00:00Z","duration_minutes":120})");
  EXPECT_EQ(moved({.start = "15:00", .end = "", .length = "1h"}),
            R"({"start":"2026-11-24T14:00:00Z","duration_minutes":60})");
  EXPECT_EQ(moved({.start = "15:00", .end = "15:30", .length = ""}),
            R"({"start":"2026-11-24T14:00:00Z","end":"2026-11-24T14:30:00Z"})");
  EXPECT_EQ(moved({.start = "", .end = "", .length = "3h"}), R"({"duration_minutes":180})");
  EXPECT_EQ(moved({.start = "", .end = "", .length = ""}), "{}");
}

TEST(MovedWindow, AClockTimeIsOneOfItsOwnDay) {
  EXPECT_EQ(moved({.start = "15:00", .end = "", .length = ""}, "2026-11-23T08:00:00Z"),
            R"({"start":"2026-11-24T14:00:00Z","duration_minutes":120})");
  EXPECT_EQ(moved({.start = "", .end = "17:00", .length = ""}, "2026-11-23T08:00:00Z"),
            R"({"end":"2026-11-24T16:00:00Z"})");
  EXPECT_EQ(moved({.start = "", .end = "17:00", .length = ""}, "2026-11-24T13:30:00Z"),
            R"({"end":"2026-11-24T16:00:00Z"})")
      << "today, while it runs";
}

TEST(MovedWindow, AClockTimeThatIsPastIsRefusedWithWhatMayHaveBeenMeant) {
  EXPECT_EQ(
      moved({.start = "", .end = "20:00", .length = ""}, "2026-11-24T20:27:00Z", "2026-11-24T19:30:00Z",
            "2026-11-24T23:30:00Z"),
      "today 20:00 is past; did you mean tomorrow 20:00 (+19 h 30 min, 15.60 EUR)? Then say --end 'tomorrow "
      "20:00'");
  EXPECT_EQ(moved({.start = "", .end = "13:00", .length = ""}, "2026-11-22T20:27:00Z"),
            "2026-11-24 13:00 is before its start; did you mean 2026-11-25 13:00 (+21 h, 16.80 EUR)? Then "
            "say --end "
            "'2026-11-25 13:00'");
  EXPECT_EQ(moved({.start = "13:00", .end = "", .length = ""}),
            "today 13:00 is past; did you mean tomorrow 13:00? Then say --start 'tomorrow 13:00'");
  EXPECT_EQ(moved({.start = "", .end = "tomorrow 20:00", .length = ""}, "2026-11-24T20:27:00Z"),
            R"({"end":"2026-11-25T19:00:00Z"})")
      << "said in so many words it is meant";
}

TEST(MovedWindow, ItsDayIsTheCalendarsAlsoWhereTheClocksChange) {
  EXPECT_EQ(moved({.start = "", .end = "09:00", .length = ""}, "2027-03-27T12:00:00Z", "2027-03-27T23:30:00Z",
                  "2027-03-28T02:00:00Z"),
            R"({"end":"2027-03-28T07:00:00Z"})");
}

}  // namespace
}  // namespace berth::cli
