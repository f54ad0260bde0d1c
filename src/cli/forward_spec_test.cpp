#include "cli/forward_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using testing::ElementsAre;

TEST(Forwards, OneNumberIsBothEnds) {
  EXPECT_THAT(*parse_forwards({"8000"}), ElementsAre(Forward{8000, 8000}));
}

TEST(Forwards, TwoAreHereAndThere) {
  EXPECT_THAT(*parse_forwards({"9000:8000", "0:1", "65535"}),
              ElementsAre(Forward{9000, 8000}, Forward{0, 1}, Forward{65535, 65535}));
}

TEST(Forwards, WhatIsNoPortIsTold) {
  for (const auto* typed : {"", "0", "65536", "x", "80 ", " 80", "+80", "-1", "080", ":80", "80:", "80:0",
                            "1:2:3", "127.0.0.1:80", "00:80"}) {
    const auto parsed = parse_forwards({typed});
    ASSERT_FALSE(parsed) << typed;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(Forwards, WhatOnlyTheGateMayLeadToIsRefused) {
  for (const auto* typed : {"8080", "9000:8888", "0:8082"}) {
    const auto parsed = parse_forwards({typed});
    ASSERT_FALSE(parsed) << typed;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_NE(parsed.error().message.find("which the gate alone keeps"), std::string::npos);
  }
  EXPECT_TRUE(parse_forwards({"8080:8000"})) << "the number here is nobody's business";
}

TEST(Forwards, TwoCannotListenAtOnePort) {
  EXPECT_FALSE(parse_forwards({"8000", "8000:9000"}));
  EXPECT_TRUE(parse_forwards({"0:8000", "0:8000"}));
}

TEST(Forwards, SoManyAreAMistake) {
  std::vector<std::string> many;
  for (int port = 1; port <= 33; ++port) many.push_back(std::to_string(port));
  EXPECT_FALSE(parse_forwards(many));
}

}  // namespace
}  // namespace berth::cli
