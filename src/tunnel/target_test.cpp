#include "tunnel/target.hpp"

#include <gtest/gtest.h>

namespace berth::tunnel {
namespace {

TEST(PortTargets, AreANumberOrALineThatIsHeld) {
  EXPECT_EQ(parse_port_target("/_gate/port/1"), PortTarget{1});
  EXPECT_EQ(parse_port_target("/_gate/port/65535"), PortTarget{65535});
  EXPECT_EQ(parse_port_target("/_gate/port/nowhere"), PortTarget{0});
}

TEST(PortTargets, AreNothingElse) {
  for (const auto* target :
       {"", "/", "/_gate/port", "/_gate/port/", "/_gate/port/0", "/_gate/port/65536", "/_gate/port/08",
        "/_gate/port/+8", "/_gate/port/-8", "/_gate/port/ 8", "/_gate/port/8 ", "/_gate/port/8/",
        "/_gate/port/8?x", "/_gate/port/%38", "/_gate/port/nowheres", "/_gate/port/99999999999999999999",
        "/_gate/ports/8", "/x/_gate/port/8"})
    EXPECT_FALSE(parse_port_target(target)) << target;
}

TEST(PortTargets, SomeAreBehindTheGate) {
  EXPECT_EQ(behind_the_gate(8080), "the editor");
  EXPECT_EQ(behind_the_gate(8082), "the terminals");
  EXPECT_EQ(behind_the_gate(8888), "JupyterLab");
  for (const int port : {1, 8000, 8079, 8083, 65535})
    EXPECT_EQ(behind_the_gate(static_cast<std::uint16_t>(port)), "");
}

}  // namespace
}  // namespace berth::tunnel
