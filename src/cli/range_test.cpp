#include "cli/range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// As it is read in Berlin on Tuesday 24 November, 13:30.
std::string read(const std::string& from, const std::string& to, bool back = false) {
  const auto range = parse_range(from, to,
                                 {.now = *parse_rfc3339("2026-11-24T12:30:00Z"),
                                  .zone = *Zone::named("Europe/Berlin"),
                                  .after = {},
                                  .back = back});
  if (!range) return range.error().message;
  const auto text = [](const std::optional<Instant>& at) { return at ? format_rfc3339(*at) : "any"; };
  return text(range->from) + " " + text(range->to);
}

TEST(Range, OneThatEndsBeforeItBeginsIsRefused) {
  EXPECT_EQ(read("", ""), "any any");
  EXPECT_EQ(read("mon 9", ""), "2026-11-30T08:00:00Z any");
  EXPECT_EQ(read("yesterday", "now"), "2026-11-22T23:00:00Z 2026-11-24T12:30:00Z");
  EXPECT_EQ(read("mon 9", "mon 8"),
            "--to \"mon 8\" is Mon 30 Nov 08:00 CET, which is not after --from \"mon 9\", Mon 30 Nov 09:00 "
            "CET: nothing is in between");
  EXPECT_THAT(read("today", "today"), HasSubstr("nothing is in between"));
}

TEST(Range, LookingBackItsDaysAreTheLastOnes) {
  EXPECT_EQ(read("tue", "now", true), "2026-11-23T23:00:00Z 2026-11-24T12:30:00Z") << "it is Tuesday";
  EXPECT_EQ(read("mon", "fri", true), "2026-11-22T23:00:00Z 2026-11-26T23:00:00Z");
  EXPECT_EQ(read("", "mon", true), "any 2026-11-22T23:00:00Z");
}

TEST(Range, WhatIsWrongWithATimeIsNotLost) {
  const auto doubled = read("2026-10-25 02:00", "2026-10-26", true);
  EXPECT_THAT(doubled, HasSubstr("--from: 2026-10-25 02:00 happens twice in Europe/Berlin"));
  EXPECT_THAT(doubled, HasSubstr("2026-10-25T02:00:00+02:00 (CEST)"));
  EXPECT_THAT(doubled, Not(HasSubstr("is not a time")));
  EXPECT_THAT(read("2026-03-01", "2026-03-29 02:30", true), HasSubstr("--to: there is no 2026-03-29 02:30"));
  EXPECT_THAT(read("sometime", "", true), HasSubstr("--from: \"sometime\" is not a time: use now"));
}

}  // namespace
}  // namespace berth::cli
