#include "said/notices.hpp"

#include <gtest/gtest.h>

namespace berth::said {
namespace {

const Instant kEnd = parse_rfc3339("2026-11-24T18:00:00Z").value();

/// What is told when it is looked each half minute, while the end is what `end_at` says.
template <typename EndAt>
std::vector<std::pair<minutes, Notice>> told_over(Instant from, Instant to, EndAt end_at) {
  std::vector<std::pair<minutes, Notice>> all;
  std::optional<Notice> told;
  for (auto now = from; now < to; now += seconds(30)) {
    if (const auto due = due_notice(now, end_at(now), told)) {
      all.emplace_back(std::chrono::floor<minutes>(due->end - now), *due);
      told = due;
    }
  }
  return all;
}

TEST(Notices, EachIsToldOnceAndNothingIsToldBeforeOrAfter) {
  const auto told = told_over(kEnd - hours(3), kEnd + hours(1), [](Instant) { return kEnd; });
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], (std::pair{minutes(30), Notice{kEnd, minutes(30)}}));
  EXPECT_EQ(told[1], (std::pair{minutes(10), Notice{kEnd, minutes(10)}}));
}

TEST(Notices, AreToldAnewAfterAnExtension) {
  const auto later = kEnd + hours(1);
  const auto told =
      told_over(kEnd - hours(1), later, [&](Instant now) { return now < kEnd - minutes(5) ? kEnd : later; });
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[2].second, (Notice{later, minutes(30)}));
  EXPECT_EQ(told[3].second, (Notice{later, minutes(10)}));
}

TEST(Notices, OfTwoThatAreDueTheLaterOneIsTold) {
  EXPECT_EQ(due_notice(kEnd - minutes(3), kEnd, {}), (Notice{kEnd, minutes(10)}));
  EXPECT_EQ(due_notice(kEnd - minutes(3), kEnd, Notice{kEnd, minutes(10)}), std::nullopt);
  EXPECT_EQ(due_notice(kEnd - minutes(20), kEnd, Notice{kEnd, minutes(10)}), std::nullopt)
      << "a clock that was set back";
}

TEST(Notices, AnEarlierEndIsToldAsItComes) {
  const auto earlier = kEnd - minutes(25);
  const auto told = told_over(kEnd - minutes(40), kEnd,
                              [&](Instant now) { return now < kEnd - minutes(29) ? kEnd : earlier; });
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].second, (Notice{earlier, minutes(10)}));
}

TEST(Notices, SayWhenItEndsAndWhatToDo) {
  EXPECT_EQ(notice_text("18:00", minutes(30), {}),
            "Your workspace ends at 18:00 (in 30 minutes). Extend it with: berth extend 1h");
  EXPECT_EQ(notice_text("18:00", seconds(541), 0),
            "Your workspace ends at 18:00 (in 10 minutes), and its files are deleted. Extend it with: berth "
            "extend 1h");
  EXPECT_EQ(notice_text("18:00", seconds(20), 14),
            "Your workspace ends at 18:00 (in 1 minute); its files are kept for 14 days. Extend it with: "
            "berth extend 1h");
}

}  // namespace
}  // namespace berth::said
