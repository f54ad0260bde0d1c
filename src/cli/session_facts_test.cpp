#include "cli/session_facts.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "base/json_text.hpp"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Instant kNow = parse_rfc3339("2026-11-24T14:30:00Z").value();

FactTexts texts() {
  return {{"reservation", "f56b3dea-0000-4000-8000-000000000000"},
          {"name", "night"},
          {"session", "3f6d1f6e-1b7e-4f44-9d7e-5b8f7a9c1e02"},
          {"mode", "interactive_ml"},
          {"device_class", "slice-24gb"},
          {"device_class_title", "Slice, 24 GB"},
          {"slots", "2"},
          {"time_zone", "Europe/Berlin"},
          {"resource_names", "nvidia.com/mig-1g.24gb,nvidia.com/mig-1g.24gb-me"},
          {"starts_at", "2026-11-24T13:00:00Z"},
          {"ends_at", "2026-11-24T16:00:00Z"}};
}

json::value quota() {
  const auto side = [](const char* cpu, const char* memory, const char* storage, const char* slots) {
    return json::object{{"limits.cpu", cpu},
                        {"limits.memory", memory},
                        {"requests.storage", storage},
                        {"requests.nvidia.com/mig-1g.24gb", slots},
                        {"requests.nvidia.com/mig-1g.24gb-me", "2"}};
  };
  return json::object{{"status", json::object{{"hard", side("15", "92Gi", "558Gi", "2")},
                                              {"used", side("7500m", "46Gi", "320Gi", "1")}}}};
}

class Facts : public testing::Test {
 protected:
  Facts() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }
};

TEST_F(Facts, AreReadFromTheirTexts) {
  const auto facts = facts_of(texts());
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->name, "night");
  EXPECT_EQ(facts->end - facts->start, hours(3));
  EXPECT_THAT(facts->resource_names, ElementsAre("nvidia.com/mig-1g.24gb", "nvidia.com/mig-1g.24gb-me"));
  for (const auto* needed : {"reservation", "starts_at", "ends_at"}) {
    auto less = texts();
    less.erase(needed);
    EXPECT_FALSE(facts_of(less)) << needed;
  }
}

TEST_F(Facts, AreShownByTheClocksHere) {
  const auto text = facts_text(facts_of(texts()).value(), kNow);
  for (const auto* part : {"night", "f56b3dea", "Slice, 24 GB (slice-24gb)", "interactive_ml",
                           "Tue 24 Nov 14:00 CET", "Tue 24 Nov 17:00 CET", "1 h 30 min"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(facts_text(facts_of(texts()).value(), kNow + hours(9)), HasSubstr("it is over"));
}

TEST_F(Facts, SayWhatBecomesOfTheFiles) {
  const auto shown = [](const char* days) {
    auto all = texts();
    all["files_kept_days"] = days;
    return facts_text(facts_of(all).value(), kNow);
  };
  EXPECT_THAT(shown("0"), HasSubstr("deleted with the session"));
  EXPECT_THAT(shown("1"), HasSubstr("kept for 1 day after the end"));
  EXPECT_THAT(shown("14"), HasSubstr("kept for 14 days after the end"));
  for (const auto* odd : {"", "soon", "1.5"})
    EXPECT_THAT(shown(odd), testing::Not(HasSubstr("files"))) << odd;
  EXPECT_TRUE(
      here_json(facts_of(texts()).value(), quota_of(quota(), {}), kNow).at("files_kept_days").is_null())
      << "a reconciler of before does not say";
}

TEST_F(Facts, NamesAreShownWithoutWhatATerminalObeys) {
  auto odd = texts();
  odd["name"] = "a\x1b[2Jb";
  EXPECT_EQ(facts_text(facts_of(odd).value(), kNow).find('\x1b'), std::string::npos);
}

TEST_F(Facts, OfTheQuotaSayWhatIsUsedAndLeft) {
  const auto read = quota_of(quota(), facts_of(texts())->resource_names);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->cpu.used, 7.5);
  EXPECT_EQ(read->memory.hard, 92);
  EXPECT_EQ(read->slots.used, 3) << "of both names";
  EXPECT_EQ(read->slots.hard, 4);
  const auto text = quota_text(read);
  EXPECT_THAT(text, HasSubstr("7.5"));
  EXPECT_THAT(text, HasSubstr("46 GiB"));
  EXPECT_THAT(text, HasSubstr("238 GiB"));
  const auto body = here_json(facts_of(texts()).value(), read, kNow);
  EXPECT_EQ(body.at("left_seconds").as_int64(), 5400);
  EXPECT_EQ(body.at("slots").as_int64(), 2);
  EXPECT_EQ(json_text(body.at("quota").at("cpu")), R"({"used":7.5,"hard":15,"left":7.5})");
}

TEST_F(Facts, AQuotaThatIsNotKnownIsSaidToBeThat) {
  const auto none = quota_of(json::object{{"spec", json::object{}}}, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kUnavailable);
  EXPECT_THAT(quota_text(none), HasSubstr("the quota is not known"));
  EXPECT_TRUE(here_json(facts_of(texts()).value(), none, kNow).at("quota").is_null());
  auto broken = quota();
  broken.at("status").at("used").as_object()["limits.cpu"] = "many";
  EXPECT_FALSE(quota_of(broken, {}));
}

}  // namespace
}  // namespace berth::cli
