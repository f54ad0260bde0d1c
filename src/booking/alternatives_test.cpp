#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;
using Kind = Alternative::Kind;

/// All slices taken until four; the whole GPU free.
Snapshot slices_taken() {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1, 2, 3, 4}, hours_of(0, 4))};
  return snapshot;
}

Wanted one_slice(Window window) {
  auto out = wanted(1, window);
  out.load = lab().classes[0].defaults;
  return out;
}

TEST(Alternatives, OfferALaterStartAndThenOtherClassesAtTheSameTime) {
  const auto found = alternatives(slices_taken(), one_slice(hours_of(1, 3)), false, hour(0));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].kind, Kind::kLater);
  EXPECT_EQ(found[0].wanted.window, hours_of(4, 6));
  EXPECT_EQ(found[0].wanted.device_class, kSlice);
  EXPECT_EQ(found[1].kind, Kind::kOtherClass);
  EXPECT_EQ(found[1].wanted.window, hours_of(1, 3));
  EXPECT_EQ(found[1].wanted.device_class, kWhole);
  EXPECT_EQ(found[1].wanted.load, lab().classes[1].defaults);
}

TEST(Alternatives, KeepALoadThatWasAskedFor) {
  const auto found = alternatives(slices_taken(), one_slice(hours_of(1, 3)), true, hour(0));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].wanted.load, lab().classes[0].defaults);
}

TEST(Alternatives, OfferNoClassThatIsRetiredOrDoesNotFit) {
  auto snapshot = slices_taken();
  snapshot.pool.classes[1].retired = true;
  EXPECT_EQ(alternatives(snapshot, one_slice(hours_of(1, 3)), false, hour(0)).size(), 1U);
  snapshot.pool.classes[1].retired = false;
  EXPECT_EQ(alternatives(snapshot, wanted(2, hours_of(1, 3)), false, hour(0)).size(), 1U);
}

TEST(Alternatives, RoundALaterWindowToStepsSinceOnlyNowMayBeginBetweenThem) {
  auto ask = one_slice({hour(1.25), hour(3)});
  const auto found = alternatives(slices_taken(), ask, false, hour(1.25));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].wanted.window, hours_of(4, 6));
  EXPECT_EQ(found[1].wanted.window, ask.window);
}

TEST(Alternatives, AreAsLongAsWasAskedForAndNoneIsFreeEarlier) {
  for (int minute = 1; minute < 30; minute += 4) {
    const Instant now = hour(1) + minutes(minute);
    for (const auto length : {minutes(30), minutes(60), minutes(120)}) {
      auto snapshot = snapshot_of(lab());
      snapshot.holdings = {holding("a", {1, 2, 3, 4}, hours_of(0, 2)),
                           holding("b", {1, 2, 3, 4}, hours_of(3, 8))};
      // From a now the end is rounded up, so the window is longer than what was asked for.
      const auto ask = one_slice({now, ceil_to_step(now + length, snapshot.pool.policy.step)});
      const auto found = alternatives(snapshot, ask, false, now, length);
      ASSERT_FALSE(found.empty());
      const auto& first = found[0].wanted.window;
      EXPECT_EQ(first.length(), length);
      EXPECT_EQ(first.start, length <= hours(1) ? hour(2) : hour(8))
          << length.count() << " min at " << minute;
    }
  }
}

TEST(Alternatives, NeverOfferALongerWindowThanThePolicyAllows) {
  auto snapshot = slices_taken();
  snapshot.pool.policy.max_length = minutes(110);
  const auto found = alternatives(snapshot, one_slice({hour(1.25), hour(3)}), false, hour(1.25));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].wanted.window, hours_of(4, 5.5));
}

TEST(Alternatives, OfferNoStartBeyondTheHorizonOrWithinTheNotice) {
  auto snapshot = slices_taken();
  snapshot.pool.policy.horizon = hours(5);
  EXPECT_EQ(alternatives(snapshot, one_slice(hours_of(1, 3)), false, hour(0)).front().kind,
            Kind::kOtherClass);
  snapshot.pool.policy.horizon = hours(100);
  snapshot.pool.policy.lead = hours(7);
  EXPECT_EQ(alternatives(snapshot, one_slice(hours_of(1, 3)), false, hour(0)).front().wanted.window,
            hours_of(7, 9));
}

TEST(Alternatives, OfferNothingForWhatHasStarted) {
  auto snapshot = slices_taken();
  snapshot.holdings = {started(holding("a", {1}, hours_of(0, 2))),
                       started(holding("b", {1}, hours_of(2, 4)))};
  auto ask = one_slice(hours_of(0, 3));
  ask.replaces = model::ReservationId{"a"};
  EXPECT_TRUE(alternatives(snapshot, ask, false, hour(1)).empty());
}

}  // namespace
}  // namespace berth::booking
