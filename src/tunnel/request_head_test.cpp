#include "tunnel/request_head.hpp"

#include <gtest/gtest.h>

namespace berth::tunnel {
namespace {

TEST(ARequestHead, TellsItsHolderAndGoesOnWithoutThat) {
  const auto head = take_holder("GET / HTTP/1.1\r\nHost: h\r\nBerth-Holder: ana 2026\r\nA: b\r\n\r\nbody");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->holder, "ana 2026");
  EXPECT_EQ(head->without, "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nbody");
  EXPECT_EQ(take_holder("GET / HTTP/1.1\r\nBerth-Holder: a b\r\n\r\n")->without, "GET / HTTP/1.1\r\n\r\n");
}

TEST(ARequestHead, OfNobodyOrOfTwoIsNone) {
  for (const auto* text :
       {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nBerth-Holder: \r\n\r\n",
        "GET / HTTP/1.1\r\nBerth-Holder: a\r\nBerth-Holder: b\r\n\r\n",
        "GET /?\nBerth-Holder: a HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nX-Berth-Holder: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n\r\nBerth-Holder: in a body\r\n\r\n"})
    EXPECT_FALSE(take_holder(text)) << text;
}

}  // namespace
}  // namespace berth::tunnel
