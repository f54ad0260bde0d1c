#include "cli/listing.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(ListStates, AreTakenInAnyCaseAndAskedForInTheApisWords) {
  EXPECT_EQ(*state_words(""), "");
  EXPECT_EQ(*state_words("active"), "ACTIVE");
  EXPECT_EQ(*state_words("Active, failed"), "ACTIVE,FAILED");
}

TEST(ListStates, OthersAreRefusedWithTheWordsThatThereAre) {
  for (const char* text : {"foo", "active,foo", "ACT", "FAILED CANCELED", "active,,failed"}) {
    const auto words = state_words(text);
    ASSERT_FALSE(words.has_value()) << text;
    EXPECT_NE(words.error().message.find("APPROVED, ACTIVE, COMPLETED, CANCELED, FAILED"), std::string::npos);
    EXPECT_EQ(words.error().code, Code::kInvalid);
  }
}

TEST(ListFilter, TakesWhatOverlapsTheTimeAndIsOfTheTeamAndOwner) {
  const json::value it{{"team", "vision"},
                       {"owner", "ana@berth.local"},
                       {"start", "2026-11-24T13:00:00Z"},
                       {"end", "2026-11-24T17:00:00Z"},
                       {"ended_at", "2026-11-24T15:00:00Z"}};
  const auto takes = [&](const ListOptions& options) {
    return Filter::of(options, *parse_rfc3339("2026-11-24T12:00:00Z"))->takes(it);
  };
  const auto with = [](auto member, const std::string& value) {
    ListOptions options;
    options.*member = value;
    return options;
  };
  EXPECT_TRUE(takes({}));
  EXPECT_TRUE(takes(with(&ListOptions::team, "vision")));
  EXPECT_FALSE(takes(with(&ListOptions::team, "speech")));
  EXPECT_TRUE(takes(with(&ListOptions::owner, "ana@berth.local")));
  EXPECT_FALSE(takes(with(&ListOptions::owner, "ben@berth.local")));
  EXPECT_TRUE(takes(with(&ListOptions::from, "2026-11-24T14:59:00Z")));
  EXPECT_FALSE(takes(with(&ListOptions::from, "2026-11-24T15:00:00Z"))) << "it really ended then";
  EXPECT_TRUE(takes(with(&ListOptions::to, "2026-11-24T13:01:00Z")));
  EXPECT_FALSE(takes(with(&ListOptions::to, "2026-11-24T13:00:00Z")));
  EXPECT_FALSE(Filter::of(with(&ListOptions::from, "sometime"), {}).has_value());
}

}  // namespace
}  // namespace berth::cli
