#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

#include "booking/test_pool.hpp"

namespace berth::booking {

void PrintTo(const Segment& one, std::ostream* out) {
  *out << format_rfc3339(one.during.start) << " to " << format_rfc3339(one.during.end) << ": " << one.free
       << " free, " << one.reserved << " reserved, " << one.blocked << " blocked, " << one.out_of_service
       << " out of service";
}

namespace {

using namespace testing;
using Segments = std::vector<Segment>;

Series slices(const Snapshot& snapshot, Window range) {
  return availability(snapshot, range).classes.at(0).series;
}

TEST(Availability, OfAnEmptyPoolIsOneSegment) {
  const auto all = availability(snapshot_of(lab()), hours_of(0, 10));
  ASSERT_EQ(all.classes.size(), 2U);
  EXPECT_EQ(all.classes[0].device_class, kSlice);
  EXPECT_EQ(all.classes[0].series.total, 4);
  EXPECT_EQ(all.classes[0].series.segments, (Segments{{hours_of(0, 10), 4, 0, 0}}));
  EXPECT_EQ(all.cpu.segments, (Segments{{hours_of(0, 10), 122'000, 0, 0}}));
  EXPECT_EQ(all.memory.segments, (Segments{{hours_of(0, 10), 740, 0, 0}}));
  EXPECT_EQ(all.storage.segments, (Segments{{hours_of(0, 10), 2'790, 0, 0}}));
}

TEST(Availability, ChangesWhereHoldingsStartAndEnd) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {with_load(holding("a", {1, 2}, hours_of(2, 6)), {{30'000}, {100}, {1'000}}),
                       holding("b", {3}, hours_of(4, 12))};
  EXPECT_EQ(slices(snapshot, hours_of(0, 10)).segments, (Segments{{hours_of(0, 2), 4, 0, 0},
                                                                  {hours_of(2, 4), 2, 2, 0},
                                                                  {hours_of(4, 6), 1, 3, 0},
                                                                  {hours_of(6, 10), 3, 1, 0}}));
  EXPECT_EQ(availability(snapshot, hours_of(3, 8)).cpu.segments,
            (Segments{{hours_of(3, 6), 92'000, 30'000, 0}, {hours_of(6, 8), 122'000, 0, 0}}));
}

TEST(Availability, JoinsHoldingsThatFollowOneAnother) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1}, hours_of(2, 4)), holding("b", {2}, hours_of(4, 6))};
  EXPECT_EQ(slices(snapshot, hours_of(2, 6)).segments, (Segments{{hours_of(2, 6), 3, 1, 0}}));
}

TEST(Availability, AUnitThatIsBlockedAndClaimedCountsAsReservedOnce) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1}, hours_of(2, 4))};
  snapshot.blocked = {{model::UnitId{1}, hours_of(1, 6)}, {model::UnitId{1}, hours_of(3, 5)}};
  EXPECT_EQ(slices(snapshot, hours_of(0, 10)).segments, (Segments{{hours_of(0, 1), 4, 0, 0},
                                                                  {hours_of(1, 2), 3, 0, 1},
                                                                  {hours_of(2, 4), 3, 1, 0},
                                                                  {hours_of(4, 6), 3, 0, 1},
                                                                  {hours_of(6, 10), 4, 0, 0}}));
}

TEST(Availability, AUnitOutOfServiceIsNotFree) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units[3].out_of_service = true;
  snapshot.holdings = {holding("a", {4}, hours_of(0, 2))};
  EXPECT_EQ(slices(snapshot, hours_of(0, 4)).segments,
            (Segments{{hours_of(0, 2), 3, 1, 0}, {hours_of(2, 4), 3, 0, 1}}));
}

TEST(Availability, LeavesOutWhatIsRetired) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.units[0].retired = true;
  snapshot.pool.classes[1].retired = true;
  snapshot.holdings = {holding("a", {1}, hours_of(0, 2))};
  const auto all = availability(snapshot, hours_of(0, 4));
  ASSERT_EQ(all.classes.size(), 1U);
  EXPECT_EQ(all.classes[0].series.total, 3);
  EXPECT_EQ(all.classes[0].series.segments, (Segments{{hours_of(0, 4), 3, 0, 0}}));
  snapshot.pool.nodes[0].retired = true;
  const auto none = availability(snapshot, hours_of(0, 4));
  EXPECT_EQ(none.classes[0].series.total, 0);
  EXPECT_EQ(none.cpu.total, 0);
}

TEST(Availability, ANodeThatShrankIsFullAndNotMoreThanFull) {
  auto snapshot = snapshot_of(lab());
  snapshot.pool.nodes[0].capacity.cpu = {20'000};
  snapshot.holdings = {with_load(holding("a", {1}, hours_of(0, 2)), {{12'000}, {1}, {1}}),
                       with_load(holding("b", {2}, hours_of(1, 3)), {{12'000}, {1}, {1}})};
  EXPECT_EQ(availability(snapshot, hours_of(0, 4)).cpu.segments, (Segments{{hours_of(0, 1), 3'000, 12'000, 0},
                                                                           {hours_of(1, 2), 0, 15'000, 0},
                                                                           {hours_of(2, 3), 3'000, 12'000, 0},
                                                                           {hours_of(3, 4), 15'000, 0, 0}}));
}

TEST(Availability, RefusesToAnswerOutsideOfWhatIsKnown) {
  EXPECT_THROW(availability(snapshot_of(lab()), hours_of(-1, 4)), std::logic_error);
}

TEST(Availability, AUnitWhoseSiblingIsHeldIsBlocked) {
  auto snapshot = snapshot_of(one_gpu_two_layouts());
  snapshot.holdings = {holding("a", {1}, hours_of(2, 4)), of_whole(holding("b", {5}, hours_of(6, 8)))};
  snapshot.blocked = {{model::UnitId{2}, hours_of(3, 5)}};  // lingering pods
  snapshot.pool.units[3].out_of_service = true;
  const auto all = availability(snapshot, hours_of(0, 10));
  EXPECT_EQ(all.classes[0].series.segments, (Segments{{hours_of(0, 2), 3, 0, 1, 0},
                                                      {hours_of(2, 3), 2, 1, 1, 0},
                                                      {hours_of(3, 4), 1, 1, 2, 0},
                                                      {hours_of(4, 5), 2, 0, 2, 0},
                                                      {hours_of(5, 6), 3, 0, 1, 0},
                                                      {hours_of(6, 8), 0, 0, 1, 3},
                                                      {hours_of(8, 10), 3, 0, 1, 0}}));
  EXPECT_EQ(all.classes[1].series.segments, (Segments{{hours_of(0, 2), 1, 0, 0, 0},
                                                      {hours_of(2, 5), 0, 0, 0, 1},
                                                      {hours_of(5, 6), 1, 0, 0, 0},
                                                      {hours_of(6, 8), 0, 1, 0, 0},
                                                      {hours_of(8, 10), 1, 0, 0, 0}}));
  EXPECT_EQ(all.cpu.segments.front().blocked, 0);
}

}  // namespace
}  // namespace berth::booking
