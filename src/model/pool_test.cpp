#include "model/pool.hpp"

#include <gtest/gtest.h>

namespace berth::model {
namespace {

Unit unit(std::int64_t id, std::int64_t device, PlacementRange placement) {
  Unit out;
  out.id = {id};
  out.device = {device};
  out.placement = placement;
  return out;
}

TEST(PlacementRange, OverlapsWhereBothCoverASlot) {
  const PlacementRange half{0, 2};
  EXPECT_TRUE(half.overlaps({1, 2}));
  EXPECT_TRUE(half.overlaps({0, 4}));
  EXPECT_FALSE(half.overlaps({2, 4})) << "half-open: one ends where the other begins";
  EXPECT_EQ(half.length(), 2);
}

TEST(Siblings, AreUnitsThatLieOnTheSameSlotsOfADevice) {
  EXPECT_TRUE(are_siblings(unit(1, 7, {0, 4}), unit(2, 7, {3, 4})));
  EXPECT_FALSE(are_siblings(unit(1, 7, {0, 2}), unit(2, 7, {2, 4})));
  EXPECT_FALSE(are_siblings(unit(1, 7, {0, 4}), unit(2, 8, {0, 4})));
  EXPECT_FALSE(are_siblings(unit(1, 7, {0, 4}), unit(1, 7, {0, 4}))) << "itself";
}

TEST(Siblings, OfAPoolAreToldByPlaceRetiredOnesToo) {
  Pool pool;
  pool.units = {unit(4, 2, {0, 1}), unit(1, 1, {0, 4}), unit(2, 1, {0, 1}), unit(3, 1, {1, 2}),
                unit(5, 2, {0, 4})};
  pool.units[4].retired = true;
  using Places = std::vector<std::size_t>;
  EXPECT_EQ(pool.siblings(), (std::vector<Places>{Places{4}, Places{2, 3}, Places{1}, Places{1}, Places{0}}));
}

}  // namespace
}  // namespace berth::model
