#include "cli/site_text.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class SiteText : public testing::Test {
 protected:
  SiteText() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }

  static json::object status() {
    return {
        {"server", "https://berth.example.org"},
        {"version", "1.2.3"},
        {"controllers",
         {{{"cluster", "default"},
           {"state", "reporting"},
           {"last_report_at", "2026-11-24T13:59:56Z"},
           {"problem", ""}},
          {{"cluster", "east"},
           {"state", "silent"},
           {"last_report_at", "2026-11-24T13:50:00Z"},
           {"problem", "no rights"}},
          {{"cluster", "west"}, {"state", "never_reported"}, {"last_report_at", nullptr}, {"problem", ""}}}},
        {"findings", {{"count", 2}, {"more", false}}},
        {"pools",
         {{{"name", "lab"},
           {"device_classes",
            {{{"device_class", "slice-24gb"},
              {"total", 4},
              {"free", 1},
              {"reserved", 2},
              {"blocked", 0},
              {"out_of_service", 1}}}}}}},
        {"reservations",
         {{{"id", "f56b3dea-0000-4000-8000-000000000000"},
           {"name", "night"},
           {"units", 2},
           {"device_class", "slice-24gb"},
           {"start", "2026-11-24T13:00:00Z"},
           {"end", "2026-11-24T15:30:00Z"},
           {"state", "ACTIVE"},
           {"phase", "Ready"}},
          {{"id", "a56b3dea-0000-4000-8000-000000000000"},
           {"name", ""},
           {"units", 1},
           {"device_class", "slice-24gb"},
           {"start", "2026-11-24T17:00:00Z"},
           {"end", "2026-11-24T18:00:00Z"},
           {"state", "APPROVED"},
           {"phase", nullptr}}}},
        {"more_reservations", 3}};
  }
  const Instant now_ = parse_rfc3339("2026-11-24T14:00:00Z").value();
};

TEST_F(SiteText, StatusIsThePlatformAtAGlance) {
  const auto text = status_text(status(), now_);
  EXPECT_THAT(text, HasSubstr("portal      https://berth.example.org, version 1.2.3, answers\n"));
  EXPECT_THAT(text, HasSubstr("reconciler  cluster default, reports, last 4 s ago\n"));
  EXPECT_THAT(text, HasSubstr("reconciler  cluster east, silent, last report 10 min ago\n"
                              "            no rights\n"));
  EXPECT_THAT(text, HasSubstr("reconciler  cluster west, has never reported\n"));
  EXPECT_THAT(text, HasSubstr("findings    2: berth findings lists them\n"));
  EXPECT_THAT(text, HasSubstr("POOL  CLASS       FREE  RESERVED  BLOCKED  OUT OF SERVICE  OF\n"
                              "lab   slice-24gb  1     2         0        1               4\n"));
  EXPECT_THAT(text, HasSubstr("ends in 1 h 30 min  ACTIVE (Ready)\n"));
  EXPECT_THAT(text, HasSubstr("starts in 3 h       APPROVED\n"));
  EXPECT_THAT(text, HasSubstr("and 3 more: berth list --mine\n"));
}

TEST_F(SiteText, WhoMayNotReadFindingsIsToldNothingOfThem) {
  auto it = status();
  it["findings"] = nullptr;
  EXPECT_THAT(status_text(it, now_), Not(HasSubstr("findings")));
  it["findings"] = {{"count", 0}, {"more", false}};
  it["reservations"] = json::array();
  EXPECT_THAT(status_text(it, now_), HasSubstr("findings    none\n"));
  EXPECT_THAT(status_text(it, now_), HasSubstr("You have nothing running or booked.\n"));
}

TEST_F(SiteText, WhoamiSaysWhereAndUntilWhen) {
  const json::value me{
      {"user", {{"email", "ana@example.org"}, {"name", "Ana"}, {"role", "member"}, {"teams", {"a", "b"}}}}};
  const json::value token{
      {"name", "ci"}, {"scopes", {"read", "write"}}, {"expires_at", "2026-12-24T14:00:00Z"}};
  EXPECT_EQ(whoami_text(me, "https://berth.example.org", token, now_),
            "e-mail  ana@example.org\nname    Ana\nrole    member\nteams   a, b\nserver  "
            "https://berth.example.org\ntoken   ci (read, write), until Thu 24 Dec 15:00 CET\n");
  EXPECT_THAT(whoami_text(me, "x", nullptr, now_), Not(HasSubstr("token")));
}

TEST_F(SiteText, TheAuditLogNamesPeopleAndWhatIsNobody) {
  const json::value page{{"items",
                          {{{"at", "2026-11-24T13:00:00Z"},
                            {"actor", "user:1"},
                            {"actor_email", "ana@example.org"},
                            {"action", "reservation.extended"},
                            {"object_type", "reservation"},
                            {"object_id", "x"},
                            {"outcome", "done"},
                            {"source_ip", "192.0.2.1"}},
                           {{"at", "2026-11-24T13:00:00Z"},
                            {"actor", "reconciler:default"},
                            {"actor_email", nullptr},
                            {"action", "session.changed\x1b[2J"},
                            {"object_type", "session"},
                            {"object_id", "y"},
                            {"outcome", "done"},
                            {"source_ip", ""}}}},
                         {"more", true}};
  const auto text = audit_text(page, now_);
  EXPECT_THAT(text, HasSubstr("Tue 24 Nov 14:00 CET  ana@example.org     reservation.extended"));
  EXPECT_THAT(text, HasSubstr("Tue 24 Nov 14:00 CET  reconciler:default  session.changed?[2J"));
  EXPECT_THAT(text, testing::EndsWith("2 shown, more with --all\n"));
  EXPECT_EQ(audit_text({{"items", json::array()}}, now_), "No audit rows.\n");
  EXPECT_EQ(findings_text({{"items", json::array()}}, now_), "No findings.\n");
}

TEST_F(SiteText, UnitsAreThoseOfTheFirstMoment) {
  const auto segment = [](int free) {
    return json::object{{"free", free}, {"reserved", 4 - free}, {"blocked", 0}, {"out_of_service", 0}};
  };
  const json::value availability{
      {"device_classes",
       {{{"device_class", "slice-24gb"}, {"total", 4}, {"segments", {segment(1), segment(4)}}}}}};
  EXPECT_EQ(units_now(availability), (json::array{{{"device_class", "slice-24gb"},
                                                   {"total", 4},
                                                   {"free", 1},
                                                   {"reserved", 3},
                                                   {"blocked", 0},
                                                   {"out_of_service", 0}}}));
}

}  // namespace
}  // namespace berth::cli
