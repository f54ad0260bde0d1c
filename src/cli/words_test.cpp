#include "cli/words.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

class Words : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }
  const Instant now_ = *parse_rfc3339("2026-11-24T12:30:00Z");  // 13:30 in Berlin
};

TEST_F(Words, WhatATerminalObeysOrTurnsIsNotPassedOn) {
  EXPECT_EQ(plain("a\x1b[31m\n\u009Bb\u202Ec\u2066d\u2028"), "a?[31m??b?c?d?");
  EXPECT_EQ(plain("Ünï 日本 \xff"), "Ünï 日本 \xff");
}

TEST_F(Words, LengthsAddUp) {
  EXPECT_EQ(parse_length("2h")->count(), 120);
  EXPECT_EQ(parse_length("1h30m")->count(), 90);
  EXPECT_EQ(parse_length("3d")->count(), 4320);
  for (const char* text :
       {"", "2", "h", "0m", "-1h", "2x", "1h30", "99999999999999h", "99999999999999999999999999999m"}) {
    EXPECT_FALSE(parse_length(text).has_value()) << text;
  }
}

TEST_F(Words, TimesAreShownWithTheirZone) {
  EXPECT_EQ(show_time(now_, now_), "Tue 24 Nov 13:30 CET");
  EXPECT_EQ(show_time(*parse_rfc3339("9999-12-31T23:00:00Z"), now_), "Sat 01 Jan 10000 00:00 CET");
  EXPECT_EQ(show_length(minutes(130)), "2 h 10 min");
}

TEST_F(Words, WhatAShellWouldTakeApartIsQuoted) {
  EXPECT_EQ(shell_word("slice-24gb"), "slice-24gb");
  EXPECT_EQ(shell_word("2026-11-24T14:00:00Z"), "2026-11-24T14:00:00Z");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("two words"), "'two words'");
  EXPECT_EQ(shell_word("$(rm -rf ~); it's"), "'$(rm -rf ~); it'\\''s'");
}

TEST_F(Words, TimesWithinASentenceAreTheMachines) {
  EXPECT_EQ(with_local_times("Next: 2026-11-24T13:30:00Z.", now_), "Next: Tue 24 Nov 14:30 CET.");
  EXPECT_EQ(with_local_times("from 2026-11-24T13:30:00+02:00 to 2027-07-01T12:00:00.5Z: 3 of 4", now_),
            "from Tue 24 Nov 12:30 CET to Thu 01 Jul 2027 14:00 CEST: 3 of 4");
  for (const char* text : {"", "2026-11-24", "T", "10.0.0.0:80, +1", "2026-13-24T13:30:00Z", "24 GiB: 2-4.",
                           "...................."}) {
    EXPECT_EQ(with_local_times(text, now_), text);
  }
}

TEST_F(Words, LongOnesAreCutBetweenCharacters) {
  EXPECT_EQ(cut("short", 8), "short");
  EXPECT_EQ(cut("exactly8", 8), "exactly8");
  EXPECT_EQ(cut("nine char", 8), "nine ...");
  EXPECT_EQ(cut("\u00dc\u00dc\u00dc\u00dc\u00dc\u00dc", 5), "\u00dc\u00dc...");
  EXPECT_EQ(table({{"\u00dcber", "x"}, {"plain", "y"}}), "\u00dcber   x\nplain  y\n")
      << "as wide as it looks";
}

TEST_F(Words, TablesAlignAndShowNoControlCharacters) {
  EXPECT_EQ(table({{"A", "B"}, {"long", "x\x1b[31m"}}), "A     B\nlong  x?[31m\n");
}

}  // namespace
}  // namespace berth::cli
