#include "base/display_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

std::string limit_of(std::string_view text) {
  const auto fault = fault_of_name(text);
  return fault ? std::string(fault->limit) : "";
}

TEST(DisplayName, IsWhatPeopleWrite) {
  for (const auto* name : {"", "laptop", "Ünïcode né", "日本語", "שלום", "मराठी", "🚀 run", "a\u200Db",
                           "👩\u200D💻", "no\u00A0break", "x \u200E"})
    EXPECT_EQ(limit_of(name), "") << name;
}

TEST(DisplayName, HoldsNothingThatATerminalObeys) {
  for (const auto* name : {"a\nb", "\x1b[31mRED", "tab\t", "\x7f", "\u0085", "\u009B31m"})
    EXPECT_EQ(limit_of(name), "no control characters") << name;
  EXPECT_EQ(limit_of(std::string("a\0b", 3)), "no control characters");
}

TEST(DisplayName, DoesNotReadAsAnother) {
  for (const auto* name : {"\u202Egnp.exe", "a\u202Ab", "\u202B", "\u202C", "\u202D", "\u2066x", "\u2067x",
                           "\u2068x", "x\u2069", "a\u2028b", "a\u2029b"})
    EXPECT_EQ(limit_of(name), "no characters that turn the direction of writing or end a line") << name;
}

TEST(DisplayName, CanBeSeen) {
  for (const auto* name : {" ", "\u200B", "\u200B\u200C\u200D", "\uFEFF", "\u3000", "\u00AD", "\u3164",
                           "\u2800", "\U000E0020", " \u2060 "})
    EXPECT_EQ(limit_of(name), "a character that can be seen") << name;
}

TEST(DisplayName, IsUtf8) {
  for (const auto* name : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"})
    EXPECT_EQ(limit_of(name), "UTF-8") << name;
}

}  // namespace
}  // namespace berth
