#include "cli/extension.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;

class Extension : public testing::Test {
 protected:
  Extension() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }

  static json::object reservation(const char* state) {
    return {{"id", "f56b3dea-0000-4000-8000-000000000000"},
            {"name", "night"},
            {"version", 7},
            {"state", state},
            {"mode", "interactive_ml"},
            {"reason", ""},
            {"start", "2026-11-24T13:00:00Z"},
            {"end", "2026-11-24T15:00:00Z"}};
  }
  static json::object session(const char* phase) {
    return {{"phase", phase},
            {"waiting_for", {{"reason", "The image is being fetched."}}},
            {"endpoints", {{{"name", "code"}, {"url", "https://code.example"}}}}};
  }
  json::object body(const TypedExtension& typed) const {
    return extension_of(typed, reservation("ACTIVE"), {.now = now_}, minutes(30)).value();
  }
  std::string why_not(const json::value& reservation, const json::value& session) const {
    const auto address = workspace_address(reservation, session, now_);
    return address ? "" : address.error().message;
  }
  const Instant now_ = parse_rfc3339("2026-11-24T14:00:00Z").value();
};

TEST_F(Extension, AClockTimeThatIsPastIsRefusedInWordsThatExtendKnows) {
  const auto past = extension_of({"", "14:30", false}, reservation("ACTIVE"), {.now = now_}, minutes(30));
  ASSERT_FALSE(past);
  EXPECT_THAT(past.error().message, HasSubstr("Then say --until 'tomorrow 14:30'"));
  EXPECT_EQ(past.error().message.find("--end"), std::string::npos) << past.error().message;
}

TEST_F(Extension, ThatItIsLongerThanWasAskedForIsSaid) {
  const auto said = [](const json::object& body, const char* end) {
    return longer_extension(body, reservation("ACTIVE"), end).value_or("nothing");
  };
  EXPECT_EQ(said({{"version", 7}, {"minutes", 20}}, "2026-11-24T15:30:00Z"),
            "it goes on for 30 min: 20 min asked for, and a booking ends on a step of the calendar");
  EXPECT_EQ(said({{"version", 7}, {"minutes", 30}}, "2026-11-24T15:30:00Z"), "nothing");
  EXPECT_EQ(said({{"version", 7}, {"end", "2026-11-24T15:30:00Z"}}, "2026-11-24T15:30:00Z"), "nothing");
}

TEST_F(Extension, IsByALengthOrUntilATime) {
  EXPECT_EQ(body({"1h30m", "", false}), (json::object{{"version", 7}, {"minutes", 90}}));
  EXPECT_EQ(body({"+1h", "", false}), (json::object{{"version", 7}, {"minutes", 60}}));
  EXPECT_EQ(body({"", "18:00", false}), (json::object{{"version", 7}, {"end", "2026-11-24T17:00:00Z"}}));
  EXPECT_EQ(body({"", "", true}), (json::object{{"version", 7}, {"minutes", 30}})) << "the question alone";
  EXPECT_FALSE(extension_of({"soon", "", false}, reservation("ACTIVE"), {.now = now_}, minutes(30)));
  EXPECT_FALSE(extension_of({"", "14:30", false}, reservation("ACTIVE"), {.now = now_}, minutes(30)))
      << "is past, and is not taken for tomorrow's";
}

TEST_F(Extension, SaysHowFarItCouldGo) {
  const auto it = reservation("ACTIVE");
  const json::value further{
      {"furthest", {{"end", "2026-11-24T17:30:00Z"}, {"message", "Then it is booked."}}}};
  EXPECT_EQ(
      furthest_text(further, it, now_),
      "It ends Tue 24 Nov 16:00 CET and could go on until Tue 24 Nov 18:30 CET, 2 h 30 min more. Then it is "
      "booked.\n");
  const json::value no_further{
      {"furthest", {{"end", "2026-11-24T15:00:00Z"}, {"message", "Then it is booked."}}}};
  EXPECT_EQ(furthest_end(no_further, it), std::nullopt);
  EXPECT_EQ(furthest_text(no_further, it, now_),
            "It cannot go on after Tue 24 Nov 16:00 CET. Then it is booked.\n");
}

TEST_F(Extension, TheWorkspaceIsOpenWhenItIsReady) {
  EXPECT_EQ(workspace_address(reservation("ACTIVE"), session("Ready"), now_).value(), "https://code.example");
  EXPECT_EQ(workspace_address(reservation("ACTIVE"), session("Degraded"), now_).value(),
            "https://code.example");
  EXPECT_EQ(why_not(reservation("ACTIVE"), session("Starting")),
            "night is not Ready but Starting: The image is being fetched.; berth show night follows it");
  EXPECT_EQ(why_not(reservation("ACTIVE"), nullptr), "night is being started: it has no session yet");
  EXPECT_EQ(why_not(reservation("APPROVED"), nullptr), "night has not begun: it starts Tue 24 Nov 14:00 CET");
  EXPECT_EQ(why_not(reservation("CANCELED"), nullptr), "night is CANCELED: its workspace is gone");
}

TEST_F(Extension, OnlyAnAddressOfTheWebIsOpened) {
  auto it = session("Ready");
  it["endpoints"] = {{{"name", "code"}, {"url", "file:///etc/passwd"}}};
  EXPECT_THAT(why_not(reservation("ACTIVE"), it), HasSubstr("night has no address"));
  auto others = reservation("ACTIVE");
  others["may"] = json::array{"see"};
  others["owner"] = "ben@example.org";
  it["endpoints"] = json::array{};
  EXPECT_EQ(
      why_not(others, it),
      "you are not let into night; its owner ben@example.org can share it with you: berth share night YOU");
}

}  // namespace
}  // namespace berth::cli
