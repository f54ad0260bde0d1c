#include "entry/safe_path.hpp"

#include <gtest/gtest.h>

namespace berth::entry {
namespace {

TEST(SafePath, StaysOnThisHost) {
  EXPECT_EQ(safe_path("/"), "/");
  EXPECT_EQ(safe_path("/lab/lab?reset"), "/lab/lab?reset");
  for (const std::string_view bad : {"", "lab", "//evil.example", "/\\evil.example", "https://evil.example",
                                     "/a\r\nSet-Cookie: x", "/\t/evil"}) {
    EXPECT_EQ(safe_path(bad), "/") << bad;
  }
  EXPECT_EQ(safe_path("/" + std::string(3000, 'a')), "/");
}

}  // namespace
}  // namespace berth::entry
