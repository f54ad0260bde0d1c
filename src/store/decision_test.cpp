// How far a decision reads before it refuses.
#include "store/decision.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/fixture.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

class Decide : public StoreTest {
 protected:
  /// A reservation of one slice on that unit.
  model::ReservationId on(const std::string& unit, int from, int to) {
    auto id = slice(ana_, from, to).reservation.id;
    sql(
        fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT id FROM berth.unit WHERE name = '{}')"
                    " WHERE reservation = '{}'",
                    unit, id.value));
    return id;
  }
  /// One that cannot move.
  void fixed_on(const std::string& unit, int from, int to) { begin(on(unit, from, to)); }

  booking::Wanted wanted(int from, int to) const {
    booking::Wanted out;
    out.device_class = lab_.find_class("slice-24gb")->id;
    out.window = {step(from), step(to)};
    return out;
  }
  Decision decided(const booking::Wanted& wanted) {
    auto decision = must(decide(connection_, lab_, wanted, now_, false));
    EXPECT_TRUE(std::holds_alternative<booking::Shortage>(decision.verdict));
    return decision;
  }

  model::UserId ana_ = add_user("ana@example.org");
};

TEST_F(Decide, ReadsNoFurtherOnceAllThatCouldMoveIsKnown) {
  // One slice is free at every instant of [2,6), but none throughout, and nobody can make room.
  fixed_on("gpu0-slice0", 2, 4);
  fixed_on("gpu0-slice1", 4, 6);
  for (const auto* unit : {"gpu0-slice2", "gpu0-slice3"}) fixed_on(unit, 0, 20);
  on("gpu0-slice0", 300, 310);  // far away, in nobody's way
  const auto nearby = wanted(2, 6);
  EXPECT_EQ(decided(nearby).snapshot.known.end, nearby.window.end + kLeastNearby);
}

TEST_F(Decide, ReadsAsFarAsSomethingThatCouldMoveReachesOutAndNoFurther) {
  // As before, but what follows on the second slice has not begun: only its whole length shows that it cannot
  // move.
  fixed_on("gpu0-slice0", 2, 4);
  on("gpu0-slice1", 4, 60);
  fixed_on("gpu0-slice0", 20, 30);
  for (const auto* unit : {"gpu0-slice2", "gpu0-slice3"}) fixed_on(unit, 0, 40);
  on("gpu0-slice0", 300, 310);
  const auto nearby = wanted(2, 6);
  EXPECT_EQ(decided(nearby).snapshot.known.end, nearby.window.end + kSoon);
}

TEST_F(Decide, WhatIsAppliedInMemoryIsWhatIsReadOnceItIsWritten) {
  // One slice is free at every instant of [2,6), and one of these has to move for it.
  on("gpu0-slice0", 2, 4);
  on("gpu0-slice1", 4, 6);
  for (const auto* unit : {"gpu0-slice2", "gpu0-slice3"}) fixed_on(unit, 0, 20);
  auto ask = wanted(2, 6);
  ask.load = lab_.find_class(ask.device_class)->defaults;
  const auto decision = must(decide(connection_, lab_, ask, now_, false));
  const auto* placement = std::get_if<booking::Placement>(&decision.verdict);
  ASSERT_NE(placement, nullptr);
  ASSERT_FALSE(placement->moves.empty());
  const auto id = slice(ana_, 2, 6).reservation.id;
  const auto read = must(load_snapshot(connection_, lab_, decision.snapshot.known, now_));
  EXPECT_TRUE(booking::applied(decision.snapshot, ask, *placement, id, now_) == read);
}

}  // namespace
}  // namespace berth::store
