#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

TEST(Trimmed, TakesWhiteSpaceOffBothEndsOnly) {
  EXPECT_EQ(trimmed("\r\n\t a b \t"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(InLowerCase, ChangesNoOtherThanTheLettersAToZ) {
  EXPECT_EQ(in_lower_case("@AZaz[`09{"), "@azaz[`09{");
  EXPECT_EQ(in_lower_case("Ä.Ü@EXAMPLE.org"), "Ä.Ü@example.org");
  EXPECT_EQ(in_lower_case(""), "");
}

TEST(FirstBytes, KeepsWhatFits) {
  EXPECT_EQ(first_bytes("", 0), "");
  EXPECT_EQ(first_bytes("abc", 3), "abc");
  EXPECT_EQ(first_bytes("abcd", 3), "abc");
}

TEST(FirstBytes, NeverKeepsHalfACharacter) {
  const std::string two = "a\xc3\xa4";
  EXPECT_EQ(first_bytes(two, 2), "a");
  EXPECT_EQ(first_bytes(two, 3), two);
  const std::string four = "\xf0\x9f\x98\x80!";
  for (std::size_t most = 0; most < 4; ++most) EXPECT_EQ(first_bytes(four, most), "") << most;
  EXPECT_EQ(first_bytes(four, 4), "\xf0\x9f\x98\x80");
}

TEST(FirstBytes, CutsWhatIsNoUtf8Somewhere) {
  const std::string broken(100, '\x80');
  EXPECT_EQ(first_bytes(broken, 50).size(), 50U);
}

TEST(Shown, IsShortAndCannotSpeakToATerminal) {
  EXPECT_EQ(shown("Größe 😀"), "Größe 😀");
  EXPECT_EQ(shown(std::string("a\x1b[2J\n\x7f\xc2\x9b\0z", 11)), "a?[2J????z");
  EXPECT_EQ(shown("\xff\xc3"), "??");
  EXPECT_EQ(shown(std::string(100, 'a')), std::string(100, 'a'));
  EXPECT_EQ(shown(std::string(101, 'a')), std::string(100, 'a') + "...");
  EXPECT_EQ(shown(std::string(99, 'a') + "ö"), std::string(99, 'a') + "...");
}

TEST(Shown, NamesWhatWouldNotBeSeen) {
  EXPECT_EQ(shown("a\u200Bb\u202Egnp"), "a\\u{200B}b\\u{202E}gnp");
  EXPECT_EQ(shown("👩\u200D💻"), "👩\u200D💻");
  std::string many;
  for (int i = 0; i < 50; ++i) many += "\u200B";
  EXPECT_LE(shown(many).size(), 103U);
}

TEST(FirstCharacter, RefusesWhatIsNoUtf8) {
  EXPECT_EQ(first_character("a").code, U'a');
  EXPECT_EQ(first_character("\xe2\x82\xac!").code, U'\u20ac');
  for (const char* broken :
       {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(first_character(broken).bytes, 0U) << shown(std::string_view(broken));
  }
}

TEST(Utf8, TakesWellFormedTextOnly) {
  for (const auto* good : {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const auto* bad :
       {"\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xc3(", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(ControlCharacters, AreFoundAmongCharactersAndNotAmongTheirBytes) {
  for (const auto* with : {"\x01", "a\n", "\x7f", "a\xc2\x85"})
    EXPECT_TRUE(has_control_character(with)) << with;
  for (const auto* without : {"", "a b", "\xc3\x85", "\xe2\x82\xac"})
    EXPECT_FALSE(has_control_character(without)) << without;
}

}  // namespace
}  // namespace berth
