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
                           "👩\u200D💻", "no\u00A0break", "❤\uFE0F", "نمی\u200Cخواهم"})
    EXPECT_EQ(limit_of(name), "") << name;
}

TEST(DisplayName, HoldsNothingThatATerminalObeys) {
  for (const auto* name : {"a\nb", "\x1b[31mRED", "tab\t", "\x7f", "\u0085", "\u009B31m"})
    EXPECT_EQ(limit_of(name), "no control characters") << name;
  EXPECT_EQ(limit_of(std::string("a\0b", 3)), "no control characters");
}

TEST(DisplayName, DoesNotReadAsAnother) {
  for (const auto* name : {"\u202Egnp.exe", "a\u202Ab", "\u202B", "\u202C", "\u202D", "\u2066x", "\u2067x",
                           "\u2068x", "x\u2069", "a\u2028b", "a\u2029b", "x \u200E", "\u200Fx", "a\u061Cb"})
    EXPECT_EQ(limit_of(name), "no characters that turn the direction of writing or end a line") << name;
}

TEST(DisplayName, CanBeSeen) {
  for (const auto* name : {" ", "\u200B", "\u200B\u200C\u200D", "\uFEFF", "\u3000", "\u00AD", "\u3164",
                           "\u2800", "\U000E0020", " \u2060 "})
    EXPECT_EQ(limit_of(name), "a character that can be seen") << name;
}

TEST(DisplayName, HasNothingInsideThatCannotBeSeen) {
  for (const auto* name :
       {"lab\u200B", "l\u00ADab", "la\u2060b", "\uFEFFlab", "lab\u3164", "lab\U000E0041", "a\u034Fb"})
    EXPECT_EQ(limit_of(name), "no characters that cannot be seen") << name;
  EXPECT_EQ(fault_of_name("lab\u200B")->message, "holds U+200B, which cannot be seen. Leave it out.");
}

TEST(DisplayName, AnAddressHasNoBlanksAndJoinersEither) {
  for (const auto* address : {"ana@example.org", "jürgen@exämple.de"})
    EXPECT_FALSE(fault_of_address(address)) << address;
  for (const auto* address : {"ana @example.org", "ana\u200D@example.org", "a\u00A0na@x.org",
                              "ana@\u200Bexample.org", "ana@example.org\uFE0F"})
    EXPECT_EQ(fault_of_address(address)->limit, "no characters that cannot be seen") << address;
  EXPECT_EQ(fault_of_address("ana\n@example.org")->limit, "no control characters");
  EXPECT_EQ(fault_of_address("\u202Eana@example.org")->limit,
            "no characters that turn the direction of writing or end a line");
}

FieldError fault_by(const NameRule& rule, std::string_view text) {
  const auto checked = check_name(rule, text);
  return checked ? FieldError{} : checked.error().fields.at(0);
}

TEST(DisplayName, ARuleCountsCharactersAndSaysFieldValueAndLimit) {
  constexpr NameRule kRule{"name", "A team's name", 3};
  EXPECT_TRUE(check_name(kRule, "äöü"));
  EXPECT_EQ(fault_by(kRule, "äöüß"),
            (FieldError{"name", "äöüß", "1 to 3 characters", "A team's name has 1 to 3 characters."}));
  EXPECT_EQ(fault_by(kRule, "").limit, "1 to 3 characters");
  EXPECT_EQ(fault_by(kRule, "a\u200B"),
            (FieldError{"name", "a\\u{200B}", "no characters that cannot be seen",
                        "A team's name holds U+200B, which cannot be seen. Leave it out."}));
}

TEST(CharactersOf, CountsWhatPeopleCount) {
  EXPECT_EQ(characters_of("äöü"), 3U);
  EXPECT_EQ(characters_of("😀"), 1U);
  EXPECT_EQ(characters_of("a\xff"), 2U);
  EXPECT_EQ(characters_of(""), 0U);
}

TEST(DisplayName, IsUtf8) {
  for (const auto* name : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"})
    EXPECT_EQ(limit_of(name), "UTF-8") << name;
}

}  // namespace
}  // namespace berth
