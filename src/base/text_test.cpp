#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

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

}  // namespace
}  // namespace berth
