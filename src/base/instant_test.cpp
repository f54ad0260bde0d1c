#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

const Instant kTwo = sys_days(std::chrono::year(2026) / 11 / 24) + 14h;

TEST(Instant, ReadsAndWritesTheSameInstant) {
  EXPECT_EQ(parse_rfc3339("2026-11-24T14:00:00Z"), kTwo);
  EXPECT_EQ(format_rfc3339(kTwo), "2026-11-24T14:00:00Z");
  EXPECT_EQ(format_rfc3339(kTwo + 1500us), "2026-11-24T14:00:00.001500Z");
  EXPECT_EQ(parse_rfc3339("2026-11-24T14:00:00.0015Z"), kTwo + 1500us);
}

TEST(Instant, AppliesTheOffset) {
  EXPECT_EQ(parse_rfc3339("2026-11-24T15:00:00+01:00"), kTwo);
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:30:00-05:30"), kTwo);
}

TEST(Instant, RefusesWhatIsNotATime) {
  for (const char* text :
       {"", "now", "2026-11-24", "2026-11-24T14:00:00", "2026-13-24T14:00:00Z", "2026-02-30T14:00:00Z",
        "2026-11-24T24:00:00Z", "2026-11-24T14:00:60Z", "2026-11-24T14:00:00Zx", "2026-11-24T14:00:00.Z",
        "2026-11-24T14:00:00.1234567Z", "1969-12-31T23:59:59Z", "2026-11-24T14:00:00+1:00",
        "2026-11-24T14:00:00+24:00", "+026-11-24T14:00:00Z", "2026-11-24T14:00:00+01:0",
        "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

TEST(Instant, StepsCountFromTheEpoch) {
  EXPECT_EQ(floor_to_step(kTwo + 17min, 1800s), kTwo);
  EXPECT_EQ(ceil_to_step(kTwo + 17min, 1800s), kTwo + 30min);
  EXPECT_EQ(ceil_to_step(kTwo, 1800s), kTwo);
  EXPECT_EQ(floor_to_step(Instant(-1us), 1800s), Instant(-1800s));
}

TEST(Window, IsHalfOpen) {
  const Window morning{kTwo, kTwo + 1h};
  EXPECT_FALSE(morning.overlaps({kTwo + 1h, kTwo + 2h}));
  EXPECT_TRUE(morning.overlaps({kTwo + 59min, kTwo + 2h}));
  EXPECT_FALSE(morning.contains(kTwo + 1h));
}

}  // namespace
}  // namespace berth
