#include "cli/amounts.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(Amounts, AreReadWithTheirUnits) {
  const std::pair<std::string_view, double> cases[] = {
      {"0.8", 0.8}, {"80%", 0.8}, {"7%", 0.07}, {"12.5%", 0.125}, {"1k", 1e3},  {"1.5K", 1500},
      {"20M", 2e7}, {"1B", 1e9},  {"2T", 2e12}, {"-3", -3},       {"1e9", 1e9}, {"1G", 1e9}};
  for (const auto& [text, wanted] : cases) EXPECT_EQ(amount_in(text).value_or(-99), wanted) << text;
}

TEST(Amounts, WhatIsNoneIsNone) {
  for (const char* text : {"", "%", "B", "80 %", "1BB", "1e3k", "k1", "total", "1,5", "0x10", "1m"}) {
    EXPECT_FALSE(amount_in(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace berth::cli
