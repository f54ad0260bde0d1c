#include <gmock/gmock.h>

#include "store/events.hpp"
#include "store/fixture.hpp"
#include "store/pool_changes.hpp"

namespace berth::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ApplyPool : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::Pool wanted_ = lab_pool();

  Result<Applied> apply() { return apply_pool(connection_, owner_author(), wanted_); }
  std::string refusal() {
    const auto applied = apply();
    if (applied) return "applied";
    EXPECT_EQ(applied.error().slug, "pool_in_use");
    EXPECT_EQ(applied.error().code, Code::kConflict);
    return applied.error().message;
  }
  /// Takes a unit out of the file.
  void drop_unit(const std::string& name) {
    std::erase_if(wanted_.units, [&](const model::Unit& unit) { return unit.name == name; });
  }
};

TEST_F(ApplyPool, IsThereWholeAfterwards) {
  auto pool = must(load_pool(connection_, "lab"));
  EXPECT_EQ(pool, lab_);
  EXPECT_EQ(pool.policy, wanted_.policy);
  EXPECT_EQ(pool.site, wanted_.site);
  EXPECT_EQ(pool.nodes[0].bookable(), wanted_.nodes[0].bookable());
  EXPECT_EQ(pool.classes[1].name, "slice-24gb");
  EXPECT_EQ(pool.units.size(), 5U);
  EXPECT_EQ(must(load_pools(connection_)).size(), 1U);
}

TEST_F(ApplyPool, TwiceChangesNothing) {
  const auto audit = number("SELECT count(*) AS x FROM berth.audit");
  const auto told = must(newest_event(connection_));
  const auto again = must(apply());
  EXPECT_THAT(again.changes, IsEmpty());
  EXPECT_EQ(again.pool, lab_);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit"), audit);
  EXPECT_EQ(must(newest_event(connection_)), told);
}

TEST_F(ApplyPool, SaysWhatChangedAndTellsOpenPages) {
  wanted_.classes[1].rate.value = 900'000;
  wanted_.policy.max_live_per_user = 5;
  wanted_.nodes[0].set_aside.cpu.value = 6'500;
  const auto applied = must(apply());
  EXPECT_THAT(applied.changes, ElementsAre("Pool lab: policy.max_live_per_user was 20, is 5.",
                                           "Device class slice-24gb: rate was 0.8, is 0.9.",
                                           "Node gpu-node-1: set_aside.cpu was 5, is 6.5."));
  EXPECT_EQ(applied.pool.classes[1].rate.value, 900'000);
  EXPECT_EQ(applied.pool.classes[1].id, lab_.classes[1].id);
  EXPECT_EQ(must(events_after(connection_, 0)).events.back().kind, "pool");
  EXPECT_EQ(must(events_after(connection_, 0)).events.back().pool, "lab");
}

TEST_F(ApplyPool, WhatIsNoLongerNamedIsRetiredAndCanComeBack) {
  const auto all = wanted_.units;
  drop_unit("gpu0-slice3");
  EXPECT_THAT(must(apply()).changes, ElementsAre("Unit gpu0-slice3 of node gpu-node-1 is retired."));
  const auto without = must(load_pool(connection_, "lab"));
  EXPECT_EQ(without.units.size(), 5U) << "history names it";
  EXPECT_TRUE(without.units[3].retired);
  book(ana_, request("slice-24gb", 3, 0, 2));
  EXPECT_FALSE(try_book(ana_, request("slice-24gb", 4, 2, 4))) << "more than one node has";

  wanted_.units = all;
  EXPECT_THAT(must(apply()).changes, ElementsAre("Unit gpu0-slice3 of node gpu-node-1 is new."));
  EXPECT_EQ(must(load_pool(connection_, "lab")).units, lab_.units) << "the same unit as before";
}

TEST_F(ApplyPool, AUnitUnderALiveReservationStays) {
  const auto held = slice(ana_, 2, 4);
  drop_unit(held.unit_names[0]);
  const auto message = refusal();
  EXPECT_THAT(message, HasSubstr("Unit " + held.unit_names[0] +
                                 " of node gpu-node-1 is held by reservation " + held.reservation.id.value));
  EXPECT_EQ(must(load_pool(connection_, "lab")), lab_);
  must(end(connection_, author(ana_), viewer(ana_), held.reservation.id));
  EXPECT_TRUE(apply());
}

TEST_F(ApplyPool, ANodeMayShrinkToWhatIsHeldAndNoFurther) {
  book(ana_, request("slice-24gb", 2, 2, 4));  // 30 cores, 184 GiB, 1116 GiB
  book(ana_, request("slice-24gb", 2, 4, 6));  // after it, so the peak is the same
  wanted_.nodes[0].capacity.cpu.value = 34'999;
  EXPECT_THAT(
      refusal(),
      HasSubstr("Node gpu-node-1 would have 29999 thousandths of a core to give, but 30000 are held"));
  wanted_.nodes[0].capacity.cpu.value = 35'000;
  EXPECT_TRUE(apply());
}

TEST_F(ApplyPool, ADeviceUnderARunningSessionStaysTheSame) {
  const auto held = slice(ana_, 0, 4);
  auto& unit = *std::find_if(wanted_.units.begin(), wanted_.units.end(),
                             [&](const model::Unit& one) { return one.name == held.unit_names[0]; });
  unit.resource_name = "nvidia.com/mig-other";
  EXPECT_TRUE(apply()) << "before it has begun the session is made with the new one";
  begin(held.reservation.id);
  unit.replicas = 1;
  EXPECT_THAT(refusal(), HasSubstr("resource name or replicas"));
}

TEST_F(ApplyPool, OutOfServiceIsNotOfferedAndKeepsItsClaims) {
  const auto held = slice(ana_, 0, 4);
  for (auto& unit : wanted_.units) unit.out_of_service = unit.name == held.unit_names[0];
  EXPECT_THAT(must(apply()).changes, Contains(HasSubstr("out_of_service was false, is true")));
  EXPECT_EQ(units_of(held.reservation.id), held.unit_names);
  EXPECT_TRUE(std::holds_alternative<Refused>(must(try_book(ana_, request("slice-24gb", 4, 10, 12)))));
}

TEST_F(ApplyPool, TheOrderOfClassesIsTheFiles) {
  std::swap(wanted_.classes[0], wanted_.classes[1]);
  for (auto& unit : wanted_.units) unit.device_class.value = 3 - unit.device_class.value;
  std::swap(wanted_.classes[0].id, wanted_.classes[1].id);
  const auto applied = must(apply());
  EXPECT_THAT(applied.changes, ElementsAre("The order of the device classes changes."));
  EXPECT_EQ(applied.pool.classes[0].name, "slice-24gb");
  EXPECT_THAT(must(apply()).changes, IsEmpty());
}

TEST_F(ApplyPool, ANewPoolSaysAllItBrings) {
  wanted_.name = "second";
  const auto applied = must(apply());
  EXPECT_EQ(applied.changes.at(0), "Pool second is new.");
  EXPECT_THAT(applied.changes, Contains("Node gpu-node-1 is new."));
  EXPECT_THAT(applied.changes, Contains("Unit gpu1 of node gpu-node-1 is new."));
  EXPECT_EQ(must(load_pools(connection_)).size(), 2U);
  auto there = request("slice-24gb", 4, 0, 4);
  there.pool = "second";
  book(ana_, there);
  book(ana_, request("slice-24gb", 4, 0, 4));
}

TEST_F(ApplyPool, AnUnknownPoolIsNotFound) {
  const auto pool = load_pool(connection_, "nowhere");
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().slug, "pool_not_found");
}

}  // namespace
}  // namespace berth::store
