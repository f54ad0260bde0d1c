#include "cli/caching_text.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

TEST(CachingText, ARateIsBytesASecondWithAUnit) {
  EXPECT_EQ(parse_rate("800K").value(), 800 * 1024);
  EXPECT_EQ(parse_rate("1G").value(), std::int64_t{1} << 30);
  for (const std::string text : {"", "0K", "-1M", "1", "1m", "1 M", "1025G", "99999999999999999999M"}) {
    const auto parsed = parse_rate(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fields[0].field, "--rate-limit");
  }
}

TEST(CachingText, BytesAreShort) {
  EXPECT_EQ(show_bytes(0), "0 B");
  EXPECT_EQ(show_bytes(1023), "1023 B");
  EXPECT_EQ(show_bytes(1536), "1.5 KiB");
  EXPECT_EQ(show_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(show_bytes(std::int64_t{1} << 44), "16.0 TiB");
}

TEST(CachingText, ProgressIsOneLine) {
  EXPECT_EQ(progress_line({.bytes = 50, .of_bytes = 100, .downloaded = 3072, .files = 1, .of_files = 2},
                          {.downloaded = 1024}, 2.0),
            "50% of 100 B, 1 of 2 files, 1.0 KiB/s");
}

TEST(CachingText, AFaultIsToldWithWhatBecameOfIt) {
  const modelcache::Verified found{
      .models = 1,
      .files = 2,
      .bytes = 3,
      .faults = {{.model = "o/n", .what = "blobs/x", .why = "bad", .removed = true}}};
  EXPECT_EQ(verified_text(found),
            "o/n blobs/x: bad; removed, the next fetch gets it again\n2 files of 1 model, 3 B: 1 fault\n");
}

}  // namespace
}  // namespace berth::cli
