// When a card is cut which way, from bookings: the cases that have names.
#include "layout/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/timeline_for_test.hpp"

namespace berth::layout {
namespace {

using testing::HasSubstr;

constexpr std::size_t kWhole = 4;
constexpr std::size_t kHalf = 5;
constexpr std::size_t kAsWhole = 0;  // the layouts
constexpr std::size_t kAsSlices = 1;
constexpr std::size_t kAsHalf = 2;

/// Whole; four slices; or two slices and a half.
OfferedCard card_of_three_layouts() {
  return {.name = "gpu0",
          .units = {"slice", "slice", "slice", "slice", "whole", "half"},
          .layouts = {{kWhole}, {0, 1, 2, 3}, {0, 1, kHalf}},
          .present = kAsSlices};
}

LayoutQuestion question_of(std::vector<OfferedCard> cards) {
  return {.cards = std::move(cards),
          .now = at_hour(0),
          .horizon = at_hour(100),
          .change = minutes(10),
          .tail = minutes(5)};
}

class Timeline : public testing::Test {
 protected:
  Timeline() { question_ = question_of({card_of_three_layouts()}); }
  void claim(std::string booking, std::size_t unit, Window during) {
    question_.cards[0].claims.push_back({std::move(booking), unit, during});
  }
  void wish(std::string device_class, Window during) {
    question_.wishes.push_back({std::move(device_class), during});
  }
  LayoutProposal answer() {
    auto proposal = propose_layouts(question_);
    EXPECT_TRUE(proposal);
    EXPECT_EQ(TimelineChecker(question_, *proposal).fault(), "");
    EXPECT_TRUE(proposal->exact);
    return *proposal;
  }
  static std::vector<Window> changes(const LayoutProposal& proposal) {
    std::vector<Window> out;
    for (const auto& change : proposal.cards[0].changes) out.push_back(change.during);
    return out;
  }

  LayoutQuestion question_;
};

TEST_F(Timeline, NothingChangesWhereNothingHasTo) {
  claim("a", 0, from_to(1, 2));
  wish("slice", from_to(1, 2));
  const auto proposal = answer();
  EXPECT_EQ(changes(proposal), std::vector<Window>{});
  EXPECT_EQ(proposal.cards[0].stretches,
            (std::vector<Stretch>{{kAsSlices, {at_hour(0), at_hour(100)}, {0}, {0}}}));
  EXPECT_EQ(proposal.wishes[0].place, (WishAnswer::Place{0, 1}));
}

TEST_F(Timeline, ChangesWhenTheLastSessionHasBeenCleanedUp) {
  claim("a", 0, from_to(1, 2));
  claim("w", kWhole, from_to(4, 6));
  const auto proposal = answer();
  const Window change{at_hour(2) + minutes(5), at_hour(2) + minutes(15)};
  EXPECT_EQ(proposal.cards[0].changes, (std::vector<LayoutChange>{{kAsSlices, kAsWhole, change}}));
  EXPECT_EQ(proposal.cards[0].stretches,
            (std::vector<Stretch>{{kAsSlices, {at_hour(0), change.start}, {0}, {}},
                                  {kAsWhole, {change.end, at_hour(100)}, {1}, {}}}));
}

TEST_F(Timeline, AdjacentWindowsOfTwoLayoutsLeaveNoGap) {
  claim("a", 0, from_to(1, 2));
  claim("w", kWhole, from_to(2, 4));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].from, at_hour(1));
  ASSERT_TRUE(proposal.cards[0].claims[1].fault);
  EXPECT_EQ(*proposal.cards[0].claims[1].fault,
            (NotServed{Unserved::kNoGap,
                       "gpu0 has another layout for a until 2026-12-01T02:00:00Z: a change takes 10 min, 5 "
                       "min after the end of a session, and w begins at 2026-12-01T02:00:00Z and waits for 0 "
                       "min at most."}));
  EXPECT_EQ(changes(proposal), std::vector<Window>{});
}

TEST_F(Timeline, ABookingBeginsLateWhereItMay) {
  claim("a", 0, from_to(1, 2));
  claim("w", kWhole, from_to(2, 4));
  question_.patience = minutes(15);
  EXPECT_EQ(answer().cards[0].claims[1].from, at_hour(2) + minutes(15));
  question_.patience = minutes(15) - Duration{1};
  EXPECT_TRUE(answer().cards[0].claims[1].fault);
}

TEST_F(Timeline, AdjacentWindowsOfOneLayoutNeedNone) {
  claim("a", 0, from_to(1, 2));
  claim("b", 0, from_to(2, 3));
  claim("c", 3, from_to(3, 4));
  const auto planned = answer();
  for (const auto& kept : planned.cards[0].claims) EXPECT_FALSE(kept.fault);
}

TEST_F(Timeline, AGapIsLongEnoughToTheMicrosecond) {
  claim("a", 0, from_to(1, 2));
  claim("w", kWhole, {at_hour(2) + minutes(15), at_hour(4)});
  EXPECT_FALSE(answer().cards[0].claims[1].fault);
  question_.cards[0].claims[1].during.start -= Duration{1};
  EXPECT_TRUE(answer().cards[0].claims[1].fault);
}

TEST_F(Timeline, AChangeLongerThanEveryGapIsNone) {
  for (int i = 0; i < 10; ++i) claim("a" + std::to_string(i), 0, from_to(2 * i, 2 * i + 1));
  wish("whole", from_to(1, 2));
  question_.change = hours(1);
  const auto proposal = answer();
  ASSERT_TRUE(proposal.wishes[0].fault);
  EXPECT_EQ(proposal.wishes[0].fault->why, Unserved::kNoGap);
  EXPECT_EQ(proposal.wishes[0].fault->sentence,
            "On gpu0 no gap between bookings lets a layout with it begin and end: a change takes 60 min, 5 "
            "min after the end of a session.");
}

TEST_F(Timeline, AWishNeedsTheWayBackToo) {
  claim("a", 3, from_to(1, 2));
  claim("b", 3, from_to(4, 5));
  wish("whole", {at_hour(2) + minutes(15), at_hour(3) + minutes(45)});
  const auto proposal = answer();
  EXPECT_EQ(proposal.wishes[0].place, (WishAnswer::Place{0, kWhole}));
  EXPECT_EQ(changes(proposal), (std::vector<Window>{{at_hour(2) + minutes(5), at_hour(2) + minutes(15)},
                                                    {at_hour(3) + minutes(50), at_hour(4)}}));
  question_.wishes[0].during.end += Duration{1};
  EXPECT_TRUE(answer().wishes[0].fault);
}

TEST_F(Timeline, WhatRunsNowStays) {
  claim("runs", 3, from_to(-2, 3));
  claim("w", kWhole, from_to(1, 5));  // booked before somebody laid the card out otherwise
  wish("half", from_to(4, 5));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].from, at_hour(0));
  EXPECT_TRUE(proposal.cards[0].claims[1].fault);
  EXPECT_EQ(proposal.wishes[0].fault->why, Unserved::kTaken);
  EXPECT_THAT(proposal.wishes[0].fault->sentence, HasSubstr("On gpu0 w excludes it"));
}

TEST_F(Timeline, WhatHasBegunAndIsNotThereHoldsNothing) {
  question_.cards[0].present = kAsWhole;
  claim("waits", 0, from_to(-1, 5));
  EXPECT_TRUE(answer().cards[0].claims[0].fault);
  question_.patience = minutes(70);
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].from, at_hour(0) + minutes(10));
  EXPECT_EQ(proposal.cards[0].changes[0].to, kAsSlices);
}

TEST_F(Timeline, AnUnknownLayoutServesWhatRunsAndIsChangedForAllElse) {
  question_.cards[0].present.reset();
  claim("runs", 0, from_to(-1, 2));
  claim("later", 1, from_to(1, 3));
  claim("after", 1, from_to(3, 4));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].from, at_hour(0));
  EXPECT_TRUE(proposal.cards[0].claims[1].fault);  // nobody knows whether its unit is there
  EXPECT_EQ(proposal.cards[0].claims[2].from, at_hour(3));
  EXPECT_EQ(proposal.cards[0].changes,
            (std::vector<LayoutChange>{
                {std::nullopt, kAsSlices, {at_hour(2) + minutes(5), at_hour(2) + minutes(15)}}}));
}

TEST_F(Timeline, AnUnknownLayoutStaysSoWhereNobodyComes) {
  question_.cards[0].present.reset();
  EXPECT_EQ(changes(answer()), std::vector<Window>{});
}

TEST_F(Timeline, ASessionThatIsOverIsCleanedUpFirst) {
  claim("over", 0, {at_hour(-1), at_hour(0) - minutes(2)});
  claim("w", kWhole, from_to(1, 2));
  EXPECT_EQ(changes(answer()), (std::vector<Window>{{at_hour(0) + minutes(3), at_hour(0) + minutes(13)}}));
}

TEST_F(Timeline, UnitsOfSeveralLayoutsAreServedByTheOneThatAllHave) {
  question_.cards[0].present = kAsWhole;
  claim("a", 0, from_to(1, 9));
  claim("h", kHalf, from_to(3, 4));
  wish("slice", from_to(3, 4));
  wish("slice", from_to(3, 4));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].changes,
            (std::vector<LayoutChange>{{kAsWhole, kAsHalf, {at_hour(0), at_hour(0) + minutes(10)}}}));
  EXPECT_EQ(proposal.wishes[0].place, (WishAnswer::Place{0, 1}));
  EXPECT_EQ(proposal.wishes[1].fault->why, Unserved::kEarlierWishes);  // 2 and 3 lie where the half does
}

TEST_F(Timeline, AnEarlierWishComesFirst) {
  wish("whole", from_to(1, 3));
  wish("slice", from_to(2, 4));
  const auto proposal = answer();
  EXPECT_TRUE(proposal.wishes[0].place);
  EXPECT_EQ(proposal.wishes[1].fault->why, Unserved::kEarlierWishes);
}

TEST_F(Timeline, AWishMovesToAnotherCardForTheNextOne) {
  auto other = card_of_three_layouts();
  other.name = "gpu1";
  other.layouts = {{0, 1, 2, 3}};  // slices only
  other.present = 0;
  question_.cards.push_back(other);
  wish("slice", from_to(1, 2));
  wish("whole", from_to(1, 2));
  const auto proposal = answer();
  EXPECT_EQ(proposal.wishes[0].place, (WishAnswer::Place{1, 0}));
  EXPECT_EQ(proposal.wishes[1].place, (WishAnswer::Place{0, kWhole}));
}

TEST_F(Timeline, AWishGoesWhereNothingHasToChange) {
  auto other = card_of_three_layouts();
  other.present = kAsWhole;
  question_.cards.push_back(other);
  wish("whole", from_to(1, 2));
  EXPECT_EQ(answer().wishes[0].place, (WishAnswer::Place{1, kWhole}));
}

TEST_F(Timeline, ABookingMayBeginLateBehindTheHorizon) {
  claim("a", 0, from_to(98, 100));
  claim("w", kWhole, {at_hour(100) - minutes(1), at_hour(102)});
  question_.patience = minutes(20);
  EXPECT_EQ(answer().cards[0].stretches.back(),
            (Stretch{kAsWhole, {at_hour(100) + minutes(15), at_hour(102)}, {1}, {}}));
}

TEST_F(Timeline, ALongRowOfBookingsIsKeptWithFewExceptions) {
  constexpr int kBookings = 2000;
  question_.horizon = at_hour(2 * kBookings);
  for (int i = 0; i < kBookings; ++i)
    claim(std::to_string(i), i % 2 == 0 ? 0 : kWhole, from_to(2 * i, 2 * i + (i == 777 ? 2 : 1)));
  const auto proposal = answer();
  for (int i = 0; i < kBookings; ++i)
    EXPECT_EQ(proposal.cards[0].claims[static_cast<std::size_t>(i)].fault.has_value(), i == 778) << i;
  EXPECT_EQ(changes(proposal).size(), kBookings - 3U);
}

TEST_F(Timeline, AUnitThatIsOnOfferNoMoreExcludesAll) {
  question_.cards[0].claims.push_back({"old", std::nullopt, from_to(1, 3)});
  wish("slice", from_to(2, 4));
  wish("slice", from_to(3, 4));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].fault->why, Unserved::kNotOffered);
  EXPECT_EQ(proposal.wishes[0].fault->why, Unserved::kTaken);
  EXPECT_TRUE(proposal.wishes[1].place);
}

TEST_F(Timeline, SaysWhenACardCouldHaveTheLayout) {
  claim("a", 0, from_to(0, 2));
  wish("whole", from_to(2, 5));
  EXPECT_EQ(answer().wishes[0].fault->sentence,
            "gpu0 could have its layout from 2026-12-01T02:15:00Z on: a change takes 10 min, 5 min after the "
            "end of a session.");
}

TEST_F(Timeline, AWishHasAClassThatIsOnOfferAndATimeThatIsLookedAt) {
  wish("quarter", from_to(1, 2));
  wish("slice", from_to(-1, 2));
  wish("slice", from_to(99, 101));
  const auto proposal = answer();
  EXPECT_EQ(proposal.wishes[0].fault->sentence, "No layout on offer has a unit of quarter.");
  EXPECT_EQ(proposal.wishes[1].fault->why, Unserved::kOutsideTime);
  EXPECT_EQ(proposal.wishes[2].fault->why, Unserved::kOutsideTime);
}

TEST_F(Timeline, ACardWithoutLayoutsServesNothing) {
  question_.cards[0].layouts.clear();
  question_.cards[0].present.reset();
  claim("a", 0, from_to(1, 2));
  wish("slice", from_to(3, 4));
  const auto proposal = answer();
  EXPECT_EQ(proposal.cards[0].claims[0].fault->why, Unserved::kNotOffered);
  EXPECT_EQ(proposal.wishes[0].fault->why, Unserved::kNotOffered);
}

TEST_F(Timeline, RefusesWhatIsOutOfBounds) {
  const auto refused = [&](auto change) {
    auto question = question_;
    change(question);
    const auto proposal = propose_layouts(question);
    return proposal ? std::string() : proposal.error().fields.at(0).field;
  };
  EXPECT_EQ(refused([](auto& q) { q.change = Duration{0}; }), "change");
  EXPECT_EQ(refused([](auto& q) { q.horizon = q.now; }), "horizon");
  EXPECT_EQ(refused([](auto& q) { q.cards[0].present = 3; }), "cards[0].present");
  EXPECT_EQ(refused([](auto& q) { q.cards[0].layouts[0] = {9}; }), "cards[0].layouts");
  EXPECT_EQ(refused([](auto& q) { q.cards[0].layouts.resize(65); }), "cards[0].layouts");
  EXPECT_EQ(refused([](auto& q) { q.cards[0].claims = {{"a", 9, from_to(1, 2)}}; }), "cards[0].claims");
  EXPECT_EQ(refused([](auto& q) { q.cards[0].claims = {{"a", 0, from_to(2, 2)}}; }), "cards[0].claims");
  EXPECT_EQ(refused([](auto& q) { q.wishes = {{"slice", from_to(2, 2)}}; }), "wishes");
  EXPECT_EQ(refused([](auto& q) { q.wishes.resize(33, {"slice", from_to(1, 2)}); }), "wishes");
  EXPECT_EQ(refused([](auto& q) { q.cards.resize(257); }), "cards");
}

}  // namespace
}  // namespace berth::layout
