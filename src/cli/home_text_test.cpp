#include "cli/home_text.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class HomeText : public testing::Test {
 protected:
  HomeText() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }
  static json::value home(const char* text) { return json::parse(text); }
  static constexpr Instant kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + hours(8);

  json::value list_ = home(R"({"items": [
    {"id": "5f0c2d11-0000-4000-8000-000000000001", "pool": "lab", "size_gib": 20, "of": "2026-11-23T17:00:00Z",
     "kept_until": "2026-12-07T17:00:00Z", "state": "kept", "reservation": "aaaaaaaa-0000", "name": "night run"},
    {"id": "5f0c9999-0000-4000-8000-000000000002", "pool": "lab", "size_gib": 20, "of": "2026-11-22T17:00:00Z",
     "kept_until": "2026-12-06T17:00:00Z", "state": "deleting", "reservation": "bbbbbbbb-0000", "name": ""},
    {"id": "7a000000-0000-4000-8000-000000000003", "pool": "lab", "size_gib": 20, "of": null,
     "kept_until": null, "state": "in_use", "reservation": "cccccccc-0000", "name": "night run"}]})");
};

TEST_F(HomeText, SaysWhatIsThereAndWhatBecomesOfIt) {
  const auto kept = home(R"({"files": {"of": "2026-11-23T17:00:00Z", "size_gib": 20}, "after": "kept",
      "because": null, "kept_until": "2026-12-08T13:00:00Z", "replaces": null})");
  EXPECT_EQ(files_text(kept, true, kNow),
            "yours of Mon 23 Nov 18:00 CET from its start; kept until Tue 08 Dec 14:00 CET");
  EXPECT_EQ(files_text(kept, false, kNow), "kept until Tue 08 Dec 14:00 CET");
  const auto gone = home(R"({"files": null, "after": "deleted", "because": "policy", "kept_until": null})");
  EXPECT_EQ(files_text(gone, true, kNow), "none at its start; deleted at its end");
  const auto large = home(R"({"files": null, "after": "deleted", "because": "size", "kept_until": null})");
  EXPECT_EQ(files_text(large, false, kNow), "deleted at its end: they are larger than the pool keeps");
  EXPECT_EQ(files_text(nullptr, true, kNow), "");
}

TEST_F(HomeText, SaysWhichFilesGoForThem) {
  const auto kept = home(R"({"files": null, "after": "kept", "because": null,
      "kept_until": "2026-12-08T13:00:00Z", "replaces": "2026-11-20T17:00:00Z"})");
  EXPECT_THAT(files_text(kept, false, kNow),
              HasSubstr("and those of Fri 20 Nov 18:00 CET deleted then: the pool keeps no more"));
}

TEST_F(HomeText, ListsThemWithWhatTellsThemApart) {
  const auto text = homes_text(list_, kNow);
  EXPECT_THAT(text, HasSubstr("5f0c2d11"));
  EXPECT_THAT(text, HasSubstr("night run"));
  EXPECT_THAT(text, HasSubstr("bbbbbbbb")) << "one without a name, by its id";
  EXPECT_THAT(text, HasSubstr("kept until Mon 07 Dec 18:00 CET"));
  EXPECT_THAT(text, HasSubstr("being deleted"));
  EXPECT_THAT(text, HasSubstr("in use"));
  EXPECT_THAT(homes_text(home(R"({"items": []})"), kNow), HasSubstr("no files of yours"));
}

TEST_F(HomeText, SaysWhatIsLost) {
  list_.at("items").as_array()[0].as_object()["state"] = "lost";
  EXPECT_THAT(homes_text(list_, kNow), HasSubstr("lost: the cluster has no such volume any more"));
}

TEST_F(HomeText, ChoosesTheOneThatIsMeant) {
  const auto& items = list_.at("items").as_array();
  EXPECT_EQ(string_at(choose_home("5f0c2", items).value(), {"id"}), "5f0c2d11-0000-4000-8000-000000000001");
  EXPECT_EQ(string_at(choose_home("7a000000-0000-4000-8000-000000000003", items).value(), {"state"}),
            "in_use");
  EXPECT_EQ(choose_home("5f0c", items).error().code, Code::kInvalid);
  EXPECT_EQ(choose_home("night run", items).error().code, Code::kInvalid) << "two of that name";
  EXPECT_EQ(choose_home("", items).error().code, Code::kNotFound);
  EXPECT_EQ(choose_home("other", items).error().code, Code::kNotFound);
}

TEST_F(HomeText, KeepsTheTerminalsControlCharactersOut) {
  list_.at("items").as_array()[0].as_object()["name"] = "a\x1b[31m";
  EXPECT_THAT(homes_text(list_, kNow), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace berth::cli
