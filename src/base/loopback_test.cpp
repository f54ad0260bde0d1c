#include "base/loopback.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(Loopback, IsThisMachineAndNothingThatLooksLikeIt) {
  for (const auto* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const auto* host :
       {"", "0.0.0.0", "::", "[::]", "10.0.0.1", "128.0.0.1", "127.0.0.1.example.com",
        "localhost.example.com", "127.0.0.1@example.com", "fe80::1", "127.1", "2130706433"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace berth
