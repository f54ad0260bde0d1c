#include "cli/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class Refusals : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }
  static std::string text_of(const json::value& offer) {
    return problem_text({{"detail", "0 of 1 free."}, {"alternatives", json::array{offer}}},
                        *parse_rfc3339("2026-11-24T12:30:00Z"));
  }
  static json::object offer() {
    return {{"pool", "lab"},
            {"device_class", "slice-24gb"},
            {"units", 2},
            {"start", "2026-11-24T14:00:00Z"},
            {"end", "2026-11-24T16:00:00Z"},
            {"cpu", 7.5},
            {"memory_gib", 64},
            {"mode", "interactive_ml"}};
  }
};

TEST_F(Refusals, AnAlternativeIsTheWholeCommandThatBooksIt) {
  auto body = offer();
  body["name"] = "night run";
  body["team"] = "vision";
  EXPECT_EQ(
      text_of(body),
      "0 of 1 free.\nThese fit:\n  Tue 24 Nov 15:00 CET to Tue 24 Nov 17:00 CET:  berth book slice-24gb "
      "--pool lab --units 2 --start 2026-11-24T14:00:00Z --end 2026-11-24T16:00:00Z --cpu 7.5 --memory 64 "
      "--mode interactive_ml --name 'night run' --team vision");
}

TEST(FieldErrors, WhatASentenceShowsIsPrintedLineByLineAsItIsToBeCopied) {
  const json::value problem{
      {"detail", "site: The facts of a cluster"},
      {"errors",
       json::array{{{"field", "site"}, {"message", "Add this:\n---\nkind: Cluster\nname: \"\x1b[2J\"\n"}},
                   {{"field", "na\nme"}, {"message", "Is missing."}, {"limit", "required"}}}}};
  EXPECT_EQ(
      problem_text(problem, Instant{}),
      "site: The facts of a cluster\n  site: Add this:\n---\nkind: Cluster\nname: \"?[2J\"\n\n  na?me: Is "
      "missing. (limit: required)");
}

TEST(Applied, AClusterAndAPoolAreToldWithTheirChanges) {
  EXPECT_EQ(
      applied_text(
          {{"kind", "Cluster"}, {"name", "east"}, {"changed", true}, {"changes", {"Cluster east is new."}}}),
      "cluster east: changed\n  Cluster east is new.\n");
  EXPECT_EQ(applied_text({{"kind", "Pool"}, {"name", "lab"}, {"changed", false}, {"changes", json::array()}}),
            "pool lab: as it was\n");
}

TEST_F(Refusals, AStartOfNowIsToldAsNow) {
  auto body = offer();
  body["start"] = "now";
  EXPECT_THAT(text_of(body), HasSubstr("\n  now to Tue 24 Nov 17:00 CET:  berth book "));
  EXPECT_THAT(text_of(body), HasSubstr(" --start now --end "));
  body.erase("end");
  body["duration_minutes"] = 90;
  EXPECT_THAT(text_of(body), HasSubstr("\n  now for 1 h 30 min:  berth book "));
  EXPECT_THAT(text_of(body), HasSubstr(" --start now --for 90m "));
}

TEST_F(Refusals, ANameDoesNothingElseInTheShellItIsPastedInto) {
  auto body = offer();
  body["name"] = "$(reboot) 'x'\x1b[2J";
  EXPECT_THAT(text_of(body), HasSubstr(R"(--name '$(reboot) '\''x'\''?[2J')"));
  EXPECT_THAT(text_of(body), Not(HasSubstr("\x1b")));
  body["name"] = "--wait";
  EXPECT_THAT(text_of(body), HasSubstr(" --name=--wait"));
}

TEST(SessionText, SaysWhatIsWaitedForAndForHowLongWhereThatIsKnown) {
  const auto now = *parse_rfc3339("2026-11-24T12:30:00Z");
  json::object session{{"phase", "Starting"},
                       {"namespace", "berth-s-abc"},
                       {"steps", json::array{}},
                       {"endpoints", json::array{}},
                       {"waiting_for", {{"reason", "Step \"quota\": refused"}, {"until", nullptr}}}};
  EXPECT_THAT(session_text(session, now), HasSubstr("\n  waiting: Step \"quota\": refused\n"));
  session["waiting_for"] = {{"reason", "Step \"quota\" failed."}, {"until", "2026-11-24T12:30:08Z"}};
  EXPECT_THAT(session_text(session, now),
              HasSubstr("\n  waiting: Step \"quota\" failed. Looked at again in 8 s.\n"));
  session["waiting_for"] = nullptr;
  EXPECT_THAT(session_text(session, now), Not(HasSubstr("waiting")));
}

TEST(FreeText, TellsWhatIsBlockedWhereAnythingIs) {
  const auto now = *parse_rfc3339("2026-11-24T12:30:00Z");
  const auto availability = [](int free, int blocked) {
    const json::object segment{{"start", "2026-11-24T14:00:00Z"},
                               {"end", "2026-11-24T16:00:00Z"},
                               {"free", free},
                               {"reserved", 0},
                               {"blocked", blocked},
                               {"out_of_service", 0}};
    const json::object series{
        {"device_class", "slice-24gb"}, {"total", 4}, {"segments", json::array{segment}}};
    return json::value{{"device_classes", json::array{series}}};
  };
  EXPECT_THAT(free_text(availability(1, 3), now), HasSubstr("FREE  OF  BLOCKED"));
  EXPECT_THAT(free_text(availability(1, 3), now), HasSubstr("1     4   3"));
  EXPECT_THAT(free_text(availability(4, 0), now), Not(HasSubstr("BLOCKED")));
}

TEST_F(Refusals, AForecastSaysWhatWouldBePaidAndHowFarItCouldGo) {
  const json::value fits{
      {"fits", true},
      {"problem", nullptr},
      {"resolved",
       {{"device_class", "slice-24gb"},
        {"units", 2},
        {"start", "2026-11-24T14:00:00Z"},
        {"end", "2026-11-24T16:00:00Z"},
        {"cpu", 30},
        {"memory_gib", 184},
        {"storage_gib", 1116}}},
      {"price", {{"rate", 0.8}, {"currency", "EUR"}, {"unit_hours", 4}, {"amount", 3.2}, {"change", 1.6}}},
      {"furthest",
       {{"end", "2026-11-25T14:00:00Z"},
        {"limited_by", "rules"},
        {"message", "Longest booking here: 24 h."}}}};
  const auto text = forecast_text(fits, *parse_rfc3339("2026-11-24T12:30:00Z"));
  EXPECT_THAT(text, HasSubstr("It would be done now; nothing was.\n"));
  EXPECT_THAT(text, HasSubstr("2 x slice-24gb"));
  EXPECT_THAT(text, HasSubstr("3.2 EUR (0.8 EUR per unit and hour, 4 unit hours)"));
  EXPECT_THAT(text, HasSubstr("1.6 EUR"));
  EXPECT_THAT(text, HasSubstr("Wed 25 Nov 15:00 CET at the latest: Longest booking here: 24 h."));
}

TEST_F(Refusals, AForecastThatIsNoneGivesTheReasonAndWhatWouldFit) {
  const json::value refused{
      {"fits", false},
      {"problem", {{"detail", "Does not fit."}, {"status", 409}, {"alternatives", json::array{offer()}}}},
      {"resolved", nullptr},
      {"price", nullptr},
      {"furthest", nullptr}};
  const auto text = forecast_text(refused, *parse_rfc3339("2026-11-24T12:30:00Z"));
  EXPECT_THAT(text, HasSubstr("It would not be done.\nDoes not fit.\nThese fit:\n"));
  EXPECT_THAT(text, HasSubstr("berth book slice-24gb"));
}

}  // namespace
}  // namespace berth::cli
