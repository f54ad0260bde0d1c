// A whole pool file: clusters and pools, all of it or nothing.
#include "store/apply.hpp"

#include <gmock/gmock.h>

#include "store/clusters.hpp"
#include "store/events.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Apply : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  poolfile::Declared wanted_ = lab_file();

  Result<AppliedAll> declare() { return apply(connection_, admin_author(), wanted_); }
  std::string refusal() {
    const auto applied = declare();
    if (applied) return "applied";
    EXPECT_EQ(applied.error().slug, "cluster_in_use");
    EXPECT_EQ(applied.error().code, Code::kConflict);
    return applied.error().message;
  }
  std::int64_t audited() { return number("SELECT count(*) AS x FROM berth.audit"); }
};

TEST_F(Apply, AClusterIsThereWholeAfterwards) {
  EXPECT_EQ(must(load_cluster(connection_, "default")), lab_file().clusters.at(0));
  EXPECT_EQ(must(load_cluster(connection_, "east")), std::nullopt);
  EXPECT_THAT(must(cluster_names(connection_)), ElementsAre("default"));
}

TEST_F(Apply, TwiceChangesNothing) {
  const auto before = audited();
  const auto told = must(newest_event(connection_));
  const auto again = must(declare());
  ASSERT_EQ(again.clusters.size(), 1U);
  EXPECT_EQ(again.clusters[0].name, "default");
  EXPECT_THAT(again.clusters[0].changes, IsEmpty());
  EXPECT_THAT(again.pools.at(0).changes, IsEmpty());
  EXPECT_EQ(again.pools.at(0).pool, lab_);
  EXPECT_EQ(audited(), before);
  EXPECT_EQ(must(newest_event(connection_)), told);
}

TEST_F(Apply, AChangedFactIsToldAuditedAndWakesTheReconciler) {
  must(apply_pool(connection_, admin_author(), other_pool("second")));
  pg::Listener listener(database_.settings(), {std::string(kWorkChannel)});
  listener.wait(std::chrono::milliseconds(2'000), {});
  const auto told = must(newest_event(connection_));
  wanted_.pools.clear();
  wanted_.clusters[0].workspace_image = "berth/workspace:2";
  wanted_.clusters[0].proxy.http = "http://proxy.example:3128";
  EXPECT_THAT(
      must(declare()).clusters.at(0).changes,
      ElementsAre("Cluster default: workspace_image was \"berth/workspace:1\", is \"berth/workspace:2\".",
                  "Cluster default: proxy.http was \"\", is \"http://proxy.example:3128\"."));

  const auto heard = listener.wait(std::chrono::milliseconds(5'000), {});
  ASSERT_EQ(heard.notifications.size(), 1U);
  EXPECT_EQ(heard.notifications[0].payload, "default");
  const auto events = must(events_after(connection_, told)).events;
  ASSERT_EQ(events.size(), 2U) << "its pools look as they did, and may be booked for something else now";
  EXPECT_EQ(events[0].kind, event_kind::kPool);
  EXPECT_EQ(events[0].pool, "lab");
  EXPECT_EQ(events[1].pool, "second");

  const auto rows =
      sql("SELECT actor, action, before #>> '{facts,workspace_image}' AS was, after #>> "
          "'{facts,workspace_image}' AS is_now"
          " FROM berth.audit WHERE object_type IN ('cluster', 'pool') ORDER BY id DESC LIMIT 1");
  EXPECT_EQ(rows.front().get<std::string>("action"), "cluster.changed");
  EXPECT_EQ(rows.front().get<std::string>("was"), "berth/workspace:1");
  EXPECT_EQ(rows.front().get<std::string>("is_now"), "berth/workspace:2");
  EXPECT_EQ(text("SELECT string_agg(site ->> 'workspace_image', ' ' ORDER BY id) AS x FROM berth.pool"),
            "berth/workspace:2 berth/workspace:2")
      << "programs of the release before read it there";
}

TEST_F(Apply, ManyPoolsAndTheirNewClusterInOneFile) {
  model::Cluster east;
  east.name = "east";
  auto first = other_pool("first");
  auto second = other_pool("second");
  first.cluster = second.cluster = "east";
  const auto applied = must(apply(connection_, admin_author(), {{east}, {second, first}}));
  EXPECT_THAT(applied.clusters.at(0).changes, ElementsAre("Cluster east is new."));
  EXPECT_EQ(applied.pools.at(0).pool.name, "second");
  EXPECT_EQ(applied.pools.at(1).pool.name, "first");
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 3U);
  EXPECT_THAT(must(cluster_names(connection_)), ElementsAre("default", "east"));
}

TEST_F(Apply, IsAllOrNothing) {
  const auto before = audited();
  model::Cluster east;
  east.name = "east";
  auto good = other_pool("good");
  good.cluster = "east";
  auto bad = other_pool("bad");
  bad.cluster = "west";
  wanted_ = {{east}, {good, bad}};
  wanted_.pools.push_back(lab_pool());
  wanted_.pools.back().classes[0].rate.value += 1;
  const auto refused = declare();
  ASSERT_FALSE(refused);
  EXPECT_THAT(
      refused.error().fields,
      ElementsAre(FieldError{"cluster", "west", "default, east",
                             "Pool bad is on cluster west, which is not declared. Add a document with kind: "
                             "Cluster and name: west to the file."}));
  EXPECT_EQ(audited(), before);
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U);
  EXPECT_THAT(must(cluster_names(connection_)), ElementsAre("default"));

  // And so where only the last of it is in the way.
  const auto held = slice(ana_, 0, 4);
  wanted_.pools[1].cluster = "east";
  std::erase_if(wanted_.pools[2].units,
                [&](const model::Unit& unit) { return unit.name == held.unit_names[0]; });
  const auto in_use = declare();
  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().slug, "pool_in_use");
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U);
}

TEST_F(Apply, ANodeMayGoFromOnePoolToAnotherWithinAFile) {
  auto lab = lab_pool();
  auto second = other_pool("second");
  lab.nodes[0].kubernetes_name = "gpu-node-9";
  second.nodes[0].kubernetes_name = "gpu-node-1";
  for (const bool lab_first : {true, false}) {
    auto pools = lab_first ? std::vector{lab, second} : std::vector{second, lab};
    EXPECT_TRUE(apply(connection_, admin_author(), {{}, pools})) << lab_first;
    std::swap(lab.nodes[0].kubernetes_name, second.nodes[0].kubernetes_name);
  }
  second.nodes[0].kubernetes_name = lab.nodes[0].kubernetes_name;
  const auto refused = apply(connection_, admin_author(), {{}, {second, lab}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "node_in_another_pool");
}

TEST_F(Apply, WhatSessionsAreMadeOfForGoodStaysWhileThereAreAnyOnTheCluster) {
  const auto held = slice(ana_, 0, 4);
  auto& cluster = wanted_.clusters[0];
  cluster.storage_class = "fast";
  EXPECT_TRUE(declare()) << "no session is made of it yet";
  begin(held.reservation.id);

  cluster.storage_class = "slow";
  EXPECT_EQ(refusal(),
            "storage_class of cluster default cannot change from \"fast\" to \"slow\" while 1 reservation "
            "has a session "
            "that is not Gone.");
  begin(slice(ana_, 0, 4).reservation.id);
  cluster.scc = "anyuid";
  cluster.flavour = model::Flavour::kKubernetes;
  const auto message = refusal();
  EXPECT_THAT(message, HasSubstr("storage_class of cluster default cannot change from \"fast\" to \"slow\""));
  EXPECT_THAT(message,
              HasSubstr("scc of cluster default cannot change from \"restricted-v2\" to \"anyuid\""));
  EXPECT_THAT(
      message,
      HasSubstr("flavour of cluster default cannot change from \"openshift\" to \"kubernetes\" while 2 "
                "reservations have"));
  EXPECT_EQ(must(load_cluster(connection_, "default"))->storage_class, "fast");

  auto east = cluster;
  east.name = "east";
  must(apply(connection_, admin_author(), {{east}, {}}));
  east.storage_class = "fast";
  EXPECT_TRUE(apply(connection_, admin_author(), {{east}, {}})) << "no session is on this one";
  sql("UPDATE berth.session SET phase = 'Gone', gone_at = now()");
  EXPECT_TRUE(declare());
}

TEST_F(Apply, ASessionThatLingersPastItsEndCountsAndOtherFactsMayChange) {
  const auto held = slice(ana_, 0, 2);
  begin(held.reservation.id);
  shift_back(held.reservation.id, minutes(120));
  wanted_.clusters[0].workspace_image = "berth/workspace:2";
  EXPECT_TRUE(declare()) << "what runs keeps the one that it has";
  wanted_.clusters[0].storage_class = "fast";
  EXPECT_THAT(refusal(), HasSubstr("1 reservation has a session"));
}

TEST_F(Apply, AProgramOfTheReleaseBeforeCannotSayTheFactsOfAClusterAtAPool) {
  auto connection = portal_connection();
  must(connection.run("SELECT set_config('berth.actor', '" + admin_author().actor + "', false)"));
  EXPECT_TRUE(connection.run("UPDATE berth.pool SET site = site, version = version + 1"));
  const auto refused = connection.run("UPDATE berth.pool SET site = site || '{\"apps_domain\": \"x\"}'");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("the facts of cluster default are declared by themselves: use a newer program"));
  EXPECT_FALSE(
      connection.run("INSERT INTO berth.pool (name, cluster, currency, policy, site)"
                     " VALUES ('old', 'default', 'EUR', '{}', '{\"flavour\": \"openshift\"}')"));
}

TEST_F(Apply, FactsOfANewerVersionAreNotTakenForOurs) {
  sql("UPDATE berth.cluster SET facts = facts || '{\"colour\": \"red\"}'");
  const auto cluster = load_cluster(connection_, "default");
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().slug, "newer_version");
  EXPECT_FALSE(declare());
  EXPECT_EQ(must(load_pools(connection_)).pools.size(), 1U) << "pools are read without them";
}

}  // namespace
}  // namespace berth::store
