#include "cli/colours.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(Colours, AreForStatesThatStandByThemselves) {
  EXPECT_EQ(coloured("state   ACTIVE, ending\n", true), "state   \x1b[32mACTIVE\x1b[0m, ending\n");
  EXPECT_EQ(coloured("x  FAILED  y\nz  ACTIVE (Ready)\n", true),
            "x  \x1b[31mFAILED\x1b[0m  y\nz  \x1b[32mACTIVE\x1b[0m (Ready)\n");
  EXPECT_EQ(coloured("reason  It is ACTIVE now\nINACTIVE  x\n", true),
            "reason  It is ACTIVE now\nINACTIVE  x\n");
  EXPECT_EQ(coloured("x  FAILED  y\n", false), "x  FAILED  y\n");
}

}  // namespace
}  // namespace berth::cli
