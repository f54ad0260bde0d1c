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

json::object reservation(std::string_view state) {
  return {{"id", "f56b3dea-0000-4000-8000-000000000000"},
          {"name", "train"},
          {"pool", "lab"},
          {"node", "gpu-node-1"},
          {"device_class", "slice-24gb"},
          {"units", 1},
          {"start", "2026-11-24T12:00:00Z"},
          {"end", "2026-11-25T19:00:00Z"},
          {"ended_at", nullptr},
          {"cost", 24.8},
          {"rate", 0.8},
          {"currency", "EUR"},
          {"team", nullptr},
          {"owner", "ana@berth.local"},
          {"ending", false},
          {"state", state}};
}

TEST_F(Refusals, WhatItsOwnerShouldKnowOfItsUnitsIsToldLineByLine) {
  const auto now = *parse_rfc3339("2026-11-24T12:25:00Z");
  auto it = reservation("APPROVED");
  EXPECT_THAT(reservation_text(it, now), Not(HasSubstr("warning")));
  it["warnings"] = json::array{"Unit gpu0 is out of service.", "Unit gpu1 is\x1b[2J too."};
  const auto text = reservation_text(it, now);
  EXPECT_THAT(text, HasSubstr("warning  Unit gpu0 is out of service.\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(Refusals, OneThatIsEndingIsToldUntilWhenAtTheLatestAndWhatItHasCost) {
  const auto now = *parse_rfc3339("2026-11-24T12:25:00Z");
  auto it = reservation("ACTIVE");
  it["ending"] = true;
  it["until"] = "2026-11-24T12:30:00Z";
  it["cost"] = 0.33;
  const auto text = reservation_text(it, now);
  EXPECT_THAT(text, HasSubstr("to Tue 24 Nov 13:30 CET, booked until Wed 25 Nov 20:00 CET\n"));
  EXPECT_THAT(text, HasSubstr("cost    0.33 EUR\n"));
  EXPECT_THAT(list_text({{"items", json::array{it}}}, now), HasSubstr("Tue 24 Nov 13:30 CET  0.33 EUR"));
}

TEST_F(Refusals, OneThatEndedIsToldWithItsRealEndAndCost) {
  const auto now = *parse_rfc3339("2026-11-24T20:30:00Z");
  auto it = reservation("COMPLETED");
  it["ended_at"] = "2026-11-24T12:27:00Z";
  it["cost"] = 0.36;
  it["ending"] = true;  // as a server before this version says of what is over
  const auto text = reservation_text(it, now);
  EXPECT_THAT(
      text,
      HasSubstr("window  Tue 24 Nov 13:00 CET to Tue 24 Nov 13:27 CET, booked until Wed 25 Nov 20:00 CET\n"));
  EXPECT_THAT(text, HasSubstr("cost    0.36 EUR\n"));
  EXPECT_THAT(text, HasSubstr("state   COMPLETED\n"));
  const auto line = list_text({{"items", json::array{it}}}, now);
  EXPECT_THAT(line, HasSubstr("Tue 24 Nov 13:27 CET  0.36 EUR  COMPLETED"));
  EXPECT_THAT(line, Not(HasSubstr("25 Nov")));

  auto canceled = reservation("CANCELED");
  canceled["cost"] = 0;
  EXPECT_THAT(reservation_text(canceled, now), HasSubstr("cost    0.00 EUR\n"));
  EXPECT_THAT(reservation_text(reservation("APPROVED"), now), HasSubstr("cost    24.80 EUR\n"));
}

TEST_F(Refusals, AnOlderServersCostIsWhatWasBookedUntilItIsOver) {
  const auto now = *parse_rfc3339("2026-11-24T20:30:00Z");
  auto it = reservation("ACTIVE");
  it.erase("cost");
  EXPECT_THAT(reservation_text(it, now), HasSubstr("cost    24.80 EUR\n"));
  it["state"] = "CANCELED";
  EXPECT_THAT(reservation_text(it, now), Not(HasSubstr("cost")));
}

TEST(SessionText, WhatIsGoneHasNoAddress) {
  json::object session{{"phase", "Ready"},
                       {"namespace", "berth-s-1"},
                       {"steps", json::array()},
                       {"endpoints", {{{"name", "workspace"}, {"url", "http://w.localhost/"}}}}};
  EXPECT_THAT(session_text(session, Instant{}), HasSubstr("http://w.localhost/"));
  for (const char* phase : {"Stopping", "Gone"}) {
    session["phase"] = phase;
    EXPECT_THAT(session_text(session, Instant{}), Not(HasSubstr("http"))) << phase;
  }
}

TEST(SessionText, AFailedStepIsToldInTheClustersWordsToo) {
  const json::object session{
      {"phase", "Starting"},
      {"namespace", "berth-s-1"},
      {"steps",
       {{{"name", "quota"},
         {"state", "failed"},
         {"tries", 2},
         {"detail", "It was refused.\npods is forbidden\x1b[2J"}},
        {{"name", "limits"}, {"state", "done"}, {"tries", 1}, {"detail", "Done.\nnot of interest"}}}},
      {"endpoints", json::array()}};
  const auto text = session_text(session, Instant{});
  EXPECT_THAT(text, HasSubstr("It was refused.\n"));
  EXPECT_THAT(text, HasSubstr("\n    pods is forbidden?[2J\n"));
  EXPECT_THAT(text, Not(HasSubstr("not of interest")));
}

TEST_F(Refusals, AListSaysThatThereIsMoreAndCutsLongNames) {
  auto it = reservation("APPROVED");
  it["name"] = std::string(64, 'x');
  const auto text =
      list_text({{"items", json::array{it}}, {"more", true}}, *parse_rfc3339("2026-11-24T20:30:00Z"));
  EXPECT_THAT(text, HasSubstr("1 shown, more with --all\n"));
  EXPECT_THAT(text, HasSubstr(std::string(27, 'x') + "...  slice-24gb"));
}

TEST_F(Refusals, WhatHasNoNameIsListedByKindAndTimeAndShownWithoutOne) {
  const auto now = *parse_rfc3339("2026-11-24T20:30:00Z");
  auto it = reservation("APPROVED");
  it["name"] = "";
  EXPECT_THAT(list_text({{"items", json::array{it}}}, now),
              HasSubstr("f56b3dea  slice-24gb, 13:00 to 20:00  slice-24gb"));
  EXPECT_THAT(reservation_text(it, now), Not(HasSubstr("name")));
  EXPECT_THAT(reservation_text(reservation("APPROVED"), now), HasSubstr("name    train\n"));
}

TEST_F(Refusals, ASentenceIsToldOnceAndItsTimesAreTheMachines) {
  EXPECT_EQ(problem_text({{"detail", "Start is not on a step of 30 min. Next: 2026-11-24T13:30:00Z."},
                          {"errors",
                           {{{"field", "start"},
                             {"value", "2026-11-24T13:10:00Z"},
                             {"limit", "2026-11-24T13:30:00Z"},
                             {"message", "Start is not on a step of 30 min. Next: 2026-11-24T13:30:00Z."}}}}},
                         *parse_rfc3339("2026-11-24T12:30:00Z")),
            "Start is not on a step of 30 min. Next: Tue 24 Nov 14:30 CET. (was Tue 24 Nov 14:10 CET)");
}

TEST_F(Refusals, ALengthIsToldAsOneAndNotInMinutes) {
  const auto told = [](std::string_view value, std::string_view limit, std::string_view message) {
    return problem_text({{"detail", message},
                         {"errors",
                          {{{"field", "create.duration_minutes"},
                            {"value", value},
                            {"limit", limit},
                            {"message", message}}}}},
                        *parse_rfc3339("2026-11-24T12:30:00Z"));
  };
  EXPECT_EQ(told("12960", "10080", "Longest booking here: 168 h (7 d of 24 h)."),
            "Longest booking here: 168 h (7 d of 24 h). (was 9 d)");
  EXPECT_EQ(told("45", "30 min", "Duration must be a multiple of 30 min."),
            "Duration must be a multiple of 30 min. (was 45 min)");
  EXPECT_EQ(told("10", "30", "Shortest booking here is more."),
            "Shortest booking here is more. (was 10 min) (limit: 30 min)");
  EXPECT_EQ(told("240", "2026-11-24T13:30:00Z", "End is in the past. Earliest: 2026-11-24T13:30:00Z."),
            "End is in the past. Earliest: Tue 24 Nov 14:30 CET.")
      << "how long it was to be is not what is wrong";
}

TEST(LostRepeat, IsOneThatIsNoMore) {
  EXPECT_EQ(*lost_repeat(reservation("CANCELED")),
            "this key booked f56b3dea-0000-4000-8000-000000000000, which was canceled; use a new key");
  EXPECT_THAT(*lost_repeat(reservation("FAILED")), HasSubstr("which failed"));
  for (const char* state : {"APPROVED", "ACTIVE", "COMPLETED"})
    EXPECT_FALSE(lost_repeat(reservation(state))) << state;
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
  EXPECT_THAT(text, HasSubstr("3.20 EUR (0.80 EUR per unit and hour, 4 unit hours)"));
  EXPECT_THAT(text, HasSubstr("1.60 EUR"));
  EXPECT_THAT(text, HasSubstr("Wed 25 Nov 15:00 CET at the latest: Longest booking here: 24 h."));
}

TEST_F(Refusals, ALengthThatWasRoundedUpIsToldWithWhatItCosts) {
  const auto now = *parse_rfc3339("2026-11-24T13:42:10Z");
  const json::value plan{
      {"resolved",
       {{"device_class", "slice-24gb"},
        {"units", 1},
        {"start", "2026-11-24T13:42:10Z"},
        {"end", "2026-11-24T16:00:00Z"}}},
      {"price", {{"rate", 0.8}, {"currency", "EUR"}, {"unit_hours", 2.2972222}, {"amount", 1.837777}}}};
  const auto text = plan_text(plan, now, minutes(120));
  EXPECT_THAT(text,
              HasSubstr("2 h 18 min (2 h asked for, and from between two steps of the calendar a booking "
                        "ends on the next one)\n"))
      << text;
  EXPECT_THAT(text, HasSubstr("1.84 EUR (0.80 EUR per unit and hour, 2.3 unit hours)"));
  EXPECT_THAT(plan_text(plan, now), HasSubstr("2 h 18 min\n")) << "an end that was typed is no surprise";

  json::value booked = plan.at("resolved");
  booked.as_object()["cost"] = 1.837777;
  booked.as_object()["currency"] = "EUR";
  EXPECT_EQ(
      *longer_than_asked(booked, minutes(120)),
      "it is 2 h 18 min long: 2 h asked for, and from between two steps of the calendar a booking ends on "
      "the next one; it costs 1.84 EUR");
  EXPECT_EQ(longer_than_asked(booked, minutes(138)), std::nullopt);
}

TEST_F(Refusals, AFieldIsNamedOnceAndInWords) {
  const auto told = [](std::string_view field, std::string_view message) {
    return problem_text(
        {{"detail", message}, {"errors", json::array{{{"field", field}, {"message", message}}}}}, Instant{});
  };
  EXPECT_EQ(told("create.name", "Name must be text, at most 100 characters."),
            "Name must be text, at most 100 characters.");
  EXPECT_EQ(told("memory_gib", "Memory (GiB) must be a whole number."),
            "Memory (GiB) must be a whole number.");
  EXPECT_EQ(told("nodes[1].name", "nodes[1].name is missing."), "nodes[1].name is missing.");
  EXPECT_EQ(told("units", "At most 4 here."), "units: At most 4 here.");
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

TEST(Problems, ATokenThatEndedSaysHowOneSignsInAgain) {
  for (const auto* code : {"token_unknown", "token_revoked", "token_expired"}) {
    const auto text = problem_text({{"detail", "this token is not known"}, {"code", code}}, Instant{});
    EXPECT_EQ(text, "this token is not known; berth login ADDRESS --email YOU makes one that works") << code;
  }
  EXPECT_EQ(problem_text({{"detail", "No."}, {"code", "forbidden"}}, Instant{}), "No.");
}

}  // namespace
}  // namespace berth::cli
