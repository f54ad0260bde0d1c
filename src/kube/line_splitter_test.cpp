#include "kube/line_splitter.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace berth::kube {
namespace {

using Lines = std::vector<std::string>;

TEST(LineSplitter, JoinsLinesCutAnywhere) {
  std::string text;
  Lines expected;
  std::minstd_rand random(3);
  for (int i = 0; i < 300; ++i) {
    expected.push_back(std::string(1 + random() % 40, static_cast<char>('a' + i % 26)));
    text += expected.back() + (i % 3 == 0 ? "\r\n" : "\n") + (i % 7 == 0 ? "\n" : "");
  }
  for (int round = 0; round < 50; ++round) {
    LineSplitter splitter(1000);
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 60, text.size() - at);
      ASSERT_TRUE(splitter.feed(std::string_view(text).substr(at, size), [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
      }));
      at += size;
    }
    ASSERT_EQ(lines, expected);
    ASSERT_FALSE(splitter.has_rest());
  }
}

TEST(LineSplitter, KnowsOfALineWithoutEnd) {
  LineSplitter splitter(100);
  Lines lines;
  const auto keep = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  ASSERT_TRUE(splitter.feed("one\ntw", keep));
  EXPECT_EQ(lines, Lines{"one"});
  EXPECT_TRUE(splitter.has_rest());
}

TEST(LineSplitter, RefusesALineThatIsTooLong) {
  LineSplitter splitter(10);
  const auto keep = [](std::string_view) { return true; };
  EXPECT_TRUE(splitter.feed("0123456789\n", keep));
  EXPECT_TRUE(splitter.feed("01234", keep));
  const auto fed = splitter.feed("567890", keep);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::kTooLarge);
}

TEST(LineSplitter, StopsWhenAskedTo) {
  LineSplitter splitter(100);
  Lines lines;
  ASSERT_TRUE(splitter.feed("one\ntwo\nthree\n", [&](std::string_view line) {
    lines.emplace_back(line);
    return lines.size() < 2;
  }));
  EXPECT_EQ(lines, (Lines{"one", "two"}));
}

}  // namespace
}  // namespace berth::kube
