#include "simcluster/kube_quantity.hpp"

#include <gtest/gtest.h>

namespace berth::simcluster {
namespace {

std::string canonical(std::string_view text) {
  const auto parsed = parse_quantity(text);
  return parsed ? format_quantity(*parsed) : "refused";
}

TEST(Quantity, IsWrittenInItsCanonicalForm) {
  EXPECT_EQ(canonical("0.5"), "500m");
  EXPECT_EQ(canonical("1000m"), "1");
  EXPECT_EQ(canonical("15000"), "15k");
  EXPECT_EQ(canonical("1024Mi"), "1Gi");
  EXPECT_EQ(canonical("1536Mi"), "1536Mi");
  EXPECT_EQ(canonical("0.5Gi"), "512Mi");
  EXPECT_EQ(canonical("558Gi"), "558Gi");
  EXPECT_EQ(canonical("1Ki"), "1Ki");
  EXPECT_EQ(canonical("100n"), "1m");
  EXPECT_EQ(canonical("1e3"), "1e3");
  EXPECT_EQ(canonical("0"), "0");
  EXPECT_EQ(canonical("-2"), "-2");
  EXPECT_EQ(canonical("0.0001"), "1m");
}

TEST(Quantity, WhatIsFinerThanAThousandthIsRoundedUpWhereverItStands) {
  for (const auto* text : {"0.000000001", "1n", "0.9u", "1000000.5n", "0.00000000000000000001"}) {
    EXPECT_EQ(parse_quantity(text)->milli, text[0] == '1' && text[1] == '0' ? 2 : 1) << text;
  }
  EXPECT_EQ(parse_quantity("0.0009765625Ki")->milli, 1'000) << "a byte, exactly";
  EXPECT_EQ(parse_quantity("0.99999999999999999999Pi")->milli, 1000LL << 50);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "x", "1.2.3", "1 Gi", "Gi", "1gi", ".", "1e", "99999999999999999999", "9Pi1"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
}

TEST(Quantity, WhatIsReadOrAddedUpCanBeReadAgain) {
  for (const auto* text : {"9.9E15", "9223372036854775807m", "9223372036854775.8075"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
  const auto most = *parse_quantity("9223372036854775798m");
  EXPECT_EQ(canonical(format_quantity(most)), "9223372036854775798m");
  EXPECT_EQ(format_quantity(most + most), "9223372036854775798m");
  EXPECT_EQ(canonical(format_quantity(whole(0) - most - most)), "-9223372036854775798m");
}

TEST(Quantity, SumsKeepTheNotationOfTheFirstThatIsNotZero) {
  const auto zero = *parse_quantity("0");
  const auto gib = *parse_quantity("1Gi");
  const auto megabytes = *parse_quantity("500M");
  EXPECT_EQ(format_quantity(zero + gib), "1Gi");
  EXPECT_EQ(format_quantity(gib + gib), "2Gi");
  EXPECT_EQ(format_quantity(megabytes + megabytes), "1G");
  EXPECT_EQ(format_quantity(gib - gib), "0");
}

TEST(Quantity, MayBeAPlainNumber) {
  EXPECT_EQ(format_quantity(*read_quantity(json::value(2))), "2");
}

}  // namespace
}  // namespace berth::simcluster
