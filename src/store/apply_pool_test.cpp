#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

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

  Result<Applied> apply() { return apply_pool(connection_, admin_author(), wanted_); }
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
  EXPECT_EQ(pool.time_zone, "Europe/Berlin");
  EXPECT_EQ(pool.nodes[0].bookable(), wanted_.nodes[0].bookable());
  EXPECT_EQ(pool.classes[1].name, "slice-24gb");
  EXPECT_EQ(pool.units.size(), 5U);
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U);
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

TEST_F(ApplyPool, HomeAndModelCacheDoNotOutgrowWhatIsBooked) {
  auto wanted = request("slice-24gb", 1, 0, 4);
  wanted.storage = Gib{400};
  const auto held = book(ana_, wanted);
  wanted_.classes[1].home.value = 100;
  EXPECT_THAT(must(apply()).changes, ElementsAre("Device class slice-24gb: home_gib was 20, is 100."));
  wanted_.classes[1].model_cache.value = 301;
  EXPECT_THAT(refusal(),
              testing::StartsWith("Home and model cache of device class slice-24gb cannot take 401 GiB under "
                                  "reservation " +
                                  held.reservation.id.value));
  EXPECT_EQ(must(load_pool(connection_, "lab")).classes[1].model_cache, Gib{300});
  wanted_.classes[0].model_cache.value = 500;
  wanted_.classes[1].model_cache.value = 10;
  EXPECT_TRUE(apply()) << "nobody has the whole GPU, and smaller is always possible";
}

TEST_F(ApplyPool, APoolOnAClusterThatNobodyDeclaredIsRefused) {
  wanted_ = other_pool("second");
  wanted_.cluster = "east";
  const auto refused = apply();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().fields,
              ElementsAre(FieldError{
                  "cluster", "east", "default",
                  "Pool second is on cluster east, which is not declared. Add a document with kind: "
                  "Cluster and name: east to the file."}));
  wanted_ = lab_pool();
  wanted_.cluster = "east";
  EXPECT_FALSE(apply()) << "one that is there cannot go there either";
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U);
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
  wanted_ = other_pool("second");
  const auto applied = must(apply());
  EXPECT_EQ(applied.changes.at(0), "Pool second is new.");
  EXPECT_THAT(applied.changes, Contains("Node gpu-node-1 is new."));
  EXPECT_THAT(applied.changes, Contains("Device gpu1 of node gpu-node-1 is new."));
  EXPECT_THAT(applied.changes, Contains("Unit gpu1 of node gpu-node-1 is new."));
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 2U);
  auto there = request("slice-24gb", 4, 0, 4);
  there.pool = "second";
  book(ana_, there);
  book(ana_, request("slice-24gb", 4, 0, 4));
}

TEST_F(ApplyPool, AKubernetesNodeIsInOnePoolOfItsCluster) {
  const auto lab = wanted_;
  wanted_ = other_pool("second");
  wanted_.nodes.push_back(wanted_.nodes[0]);
  wanted_.nodes[1].id.value += 1;
  wanted_.nodes[1].name = "borrowed";
  wanted_.nodes[1].kubernetes_name = "gpu-node-1";
  const auto refused = apply();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(refused.error().slug, "node_in_another_pool");
  const std::string sentence =
      "Kubernetes node gpu-node-1 of cluster default is node gpu-node-1 of pool lab already.";
  EXPECT_EQ(refused.error().message, sentence);
  EXPECT_THAT(refused.error().fields, ElementsAre(FieldError{"nodes[1].kubernetes_name", "gpu-node-1",
                                                             "in one pool of its cluster", sentence}));
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U);

  const auto second = wanted_;
  model::Cluster elsewhere;
  elsewhere.name = "elsewhere";
  must(store::apply(connection_, admin_author(), {{elsewhere}, {}}));
  wanted_.cluster = "elsewhere";
  EXPECT_TRUE(apply()) << "another cluster's node is another node";
  wanted_.cluster = "default";
  EXPECT_FALSE(apply()) << "the cluster is changed to where the node is taken";

  // Once the first pool has given the node up, the second may have it, and the first may not have it back.
  wanted_ = lab;
  wanted_.nodes[0].kubernetes_name = "gpu-node-9";
  EXPECT_TRUE(apply());
  wanted_ = second;
  EXPECT_TRUE(apply());
  wanted_.classes[0].rate.value += 1;
  EXPECT_TRUE(apply()) << "its own node is nobody else's";
  wanted_ = lab;
  EXPECT_FALSE(apply());
}

TEST_F(ApplyPool, NodesOfAClusterAreDeclaredOnePoolAtATime) {
  // A pool that is being declared holds the cluster's lock; another one that waits for it must see its nodes.
  auto holder = portal_connection();
  auto transaction = must(begin_write(holder, admin_author()));
  must(holder.run("SELECT pg_advisory_xact_lock(2, hashtext('default'))"));
  std::optional<Result<Applied>> outcome;
  std::jthread waiting([&] {
    auto connection = portal_connection();
    outcome = apply_pool(connection, admin_author(), other_pool("second"));
  });
  const auto waits = [&] {
    return number("SELECT count(*) AS x FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (waits() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(waits(), 1);
  must(holder.run(
      "INSERT INTO berth.pool (name, cluster, currency, policy)"
      " SELECT 'first', cluster, currency, policy FROM berth.pool WHERE name = 'lab';"
      "INSERT INTO berth.node (pool, name, kubernetes_name, cpu_milli, memory_gib, storage_gib, "
      "aside_cpu_milli, aside_memory_gib, aside_storage_gib)"
      " SELECT id, 'one', 'second-gpu-node-1', 0, 0, 0, 0, 0, 0 FROM berth.pool WHERE name = 'first'"));
  must(transaction.commit());
  waiting.join();
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().slug, "node_in_another_pool");
}

TEST_F(ApplyPool, APoolIsReadWithTheNodeDeviceAndClassOfEachUnitWhileItIsBeingChanged) {
  for (const std::string table : {"unit", "device", "device_class", "node", "pool"}) {
    SCOPED_TRACE(table);
    auto reader = portal_connection();
    must(load_pool(reader, lab_.id));  // from now on its statements are prepared
    auto writer = database_.connect();
    must(writer.run("BEGIN; SELECT set_config('berth.actor', 'owner', true); LOCK TABLE berth." + table +
                    " IN ACCESS EXCLUSIVE MODE"));
    std::optional<Result<model::Pool>> pool;
    std::jthread reading([&] { pool = load_pool(reader, lab_.id); });
    const auto waits = [&] {
      return number("SELECT count(*) AS x FROM pg_locks WHERE locktype = 'relation' AND NOT granted");
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (waits() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(waits(), 1);
    must(writer.run(fmt::format(
        "INSERT INTO berth.node (pool, name, kubernetes_name, cpu_milli, memory_gib, storage_gib,"
        " aside_cpu_milli, aside_memory_gib, aside_storage_gib) VALUES ({0}, '{1}', '{1}', 1, 1, 1, 0, 0, 0);"
        "INSERT INTO berth.device_class (pool, name, ordinal, title, device_memory_gib, gpu_share, "
        "rate_micros, default_cpu_milli, default_memory_gib, default_storage_gib, ephemeral_gib, pods)"
        " VALUES ({0}, '{1}', 9, '{1}', 1, 1, 1, 1, 1, 1, 1, 1);"
        "INSERT INTO berth.unit (node, device_class, name, resource_name, replicas)"
        " SELECT n.id, c.id, '{1}', 'example.com/x', 1 FROM berth.node n, berth.device_class c"
        " WHERE n.pool = {0} AND c.pool = {0} AND n.name = '{1}' AND c.name = '{1}'; COMMIT",
        lab_.id.value, table)));
    reading.join();
    ASSERT_TRUE(pool);
    ASSERT_TRUE(*pool) << pool->error().message;
    for (const auto& unit : (*pool)->units) {
      EXPECT_NE((*pool)->find_node(unit.node), nullptr) << unit.name;
      EXPECT_NE((*pool)->find_device(unit.device), nullptr) << unit.name;
      EXPECT_NE((*pool)->find_class(unit.device_class), nullptr) << unit.name;
    }
  }
}

TEST_F(ApplyPool, AnUnknownPoolIsNotFound) {
  const auto pool = load_pool(connection_, "nowhere");
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().slug, "pool_not_found");
}

}  // namespace
}  // namespace berth::store
