#include "store/watched.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Lt;
using testing::SizeIs;

constexpr double kSlack = 60;  // a busy machine, between the set-up and the look

class WatchedTest : public StoreTest {
 protected:
  Watched look() { return must(load_watched(connection_)); }
  WatchedPool lab() {
    for (const auto& pool : look().pools)
      if (pool.name == "lab") return pool;
    throw std::runtime_error("no lab");
  }
  /// A slice that began `ago` ago, and its session.
  model::ReservationId running(minutes ago, const std::string& phase) {
    const auto id = due(ago);
    begin(id);
    sql(fmt::format(
        "UPDATE berth.session SET phase = '{}', ready_at = CASE WHEN '{}' <> 'Starting' THEN now() END"
        " WHERE reservation = '{}'",
        phase, phase, id.value));
    return id;
  }
  /// Its units are held until its end, so that the next one gets others.
  model::ReservationId due(minutes ago) {
    const auto id = slice(ana_, 1, 9).reservation.id;
    sql(fmt::format(
        "WITH claims AS (UPDATE berth.reservation_unit SET during = tstzrange(now() - interval '{1} "
        "min', upper(during)) WHERE reservation = '{0}')"
        " UPDATE berth.reservation SET created_at = now() - interval '2 days',"
        " start_at = now() - interval '{1} min' WHERE id = '{0}'",
        id.value, ago.count()));
    return id;
  }

  model::UserId ana_ = add_user("ana@example.org");
};

auto about(double seconds) {
  return AllOf(Ge(seconds), Lt(seconds + kSlack));
}

TEST_F(WatchedTest, TheAgeOfABackupIsThatOfTheNewestMomentThatWas) {
  EXPECT_FALSE(look().backup_age_seconds);
  sql("ALTER TABLE berth.backup DROP CONSTRAINT backup_taken_check");  // the clock was ahead then
  for (const auto* ago : {"3 hours", "2 hours", "-30 days"}) {
    sql(fmt::format(
        "WITH named AS (SELECT set_config('berth.actor', 'owner', false)) "
        "SELECT berth.note_backup(gen_random_uuid(), now() - interval '{}', 'f', 1, repeat('a', 64), 1, 1, "
        "repeat('b', 16))::text AS x FROM named",
        ago));
  }
  EXPECT_THAT(look().backup_age_seconds.value(), about(7'200));
}

TEST_F(WatchedTest, AClusterWhoseReconcilerNeverReportedHasNoAge) {
  const auto clusters = look().clusters;
  ASSERT_THAT(clusters, SizeIs(1));
  EXPECT_EQ(clusters[0].name, "default");
  EXPECT_FALSE(clusters[0].heartbeat_age_seconds);
  EXPECT_EQ(clusters[0].findings, 0);
  EXPECT_FALSE(clusters[0].problem || clusters[0].starts_wait);
}

TEST_F(WatchedTest, AReportIsToldWithItsAgeAndWhatItSays) {
  sql("INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions, problem, "
      "unheard_since, "
      "starts_wait) VALUES ('default', 'here', 1, now() - interval '200 seconds', 1500, 0, 'refused', now() "
      "- "
      "interval '300 seconds', 'a fence is open'), ('elsewhere', 'there', 1, now(), 5, 0, '', NULL, '')");
  sql("INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at, resolved_at) "
      "VALUES"
      " ('default', 'a', 'one', '', '', now(), NULL), ('default', 'a', 'two', '', '', now(), NULL),"
      " ('default', 'a', 'old', '', '', now(), now()), ('elsewhere', 'a', 'one', '', '', now(), NULL)");
  const auto clusters = look().clusters;
  ASSERT_THAT(clusters, SizeIs(1)) << "no pool is on the other one: nobody has to look after it";
  EXPECT_THAT(clusters[0].heartbeat_age_seconds.value(), about(200));
  EXPECT_THAT(clusters[0].unheard_seconds, about(300));
  EXPECT_EQ(clusters[0].cycle_seconds, 1.5);
  EXPECT_TRUE(clusters[0].problem && clusters[0].starts_wait);
  EXPECT_EQ(clusters[0].findings, 2);
}

TEST_F(WatchedTest, SessionsAreCountedByPhaseAndThoseThatAreGoneAreNot) {
  running(minutes(10), "Starting");
  running(minutes(10), "Ready");
  running(minutes(10), "Degraded");
  const auto ended = running(minutes(10), "Stopping");
  auto pool = lab();
  EXPECT_EQ(std::tuple(pool.starting, pool.ready, pool.degraded, pool.stopping), std::tuple(1, 1, 1, 1));
  sql(fmt::format("UPDATE berth.session SET phase = 'Gone', gone_at = now() WHERE reservation = '{}'",
                  ended.value));
  EXPECT_EQ(lab().stopping, 0);
}

TEST_F(WatchedTest, AWaitForAStartIsThatOfWhoWaitsLongest) {
  EXPECT_EQ(lab().start_wait_seconds, 0);
  slice(ana_, 1, 2);
  EXPECT_EQ(lab().start_wait_seconds, 0) << "one that is not due";
  due(minutes(3));
  EXPECT_THAT(lab().start_wait_seconds, about(180));
  const auto id = running(minutes(5), "Starting");
  EXPECT_THAT(lab().start_wait_seconds, about(300));
  sql(fmt::format("UPDATE berth.session SET phase = 'Ready', ready_at = now() WHERE reservation = '{}'",
                  id.value));
  EXPECT_THAT(lab().start_wait_seconds, about(180)) << "its session is ready";
}

TEST_F(WatchedTest, WhoLostAReadySessionWaitsFromThenOn) {
  const auto id = running(minutes(60), "Ready");
  sql(
      fmt::format("UPDATE berth.session SET phase = 'Gone', gone_at = now() - interval '120 seconds'"
                  " WHERE reservation = '{}'",
                  id.value));
  EXPECT_THAT(lab().start_wait_seconds, about(120));
}

TEST_F(WatchedTest, ASessionThatIsOverAndNotGoneIsToldWithHowLong) {
  const auto id = running(minutes(10), "Ready");
  EXPECT_EQ(lab().end_wait_seconds, 0);
  sql(fmt::format(
      "UPDATE berth.reservation SET end_requested_at = now() - interval '90 seconds' WHERE id = '{}'",
      id.value));
  EXPECT_THAT(lab().end_wait_seconds, about(90));
  EXPECT_EQ(lab().start_wait_seconds, 0);
}

TEST_F(WatchedTest, FailedReservationsAreThoseOfTheLastDay) {
  for (const int ago : {60, 23 * 60, 25 * 60}) {
    const auto id = due(minutes(ago));
    sql(fmt::format("UPDATE berth.reservation_unit SET live = false WHERE reservation = '{}'", id.value));
    sql(fmt::format("UPDATE berth.reservation SET state = 'FAILED' WHERE id = '{}'", id.value));
  }
  EXPECT_EQ(lab().failed, 2);
}

TEST_F(WatchedTest, UnitsAreCountedByClassAndWhatTheirNodeDoesNotOfferByNode) {
  due(minutes(10));
  slice(ana_, 20, 21);  // claims nothing now
  sql("INSERT INTO berth.hold (unit, session, since, why, released_at) SELECT id, NULL, now(), 'gone', "
      "CASE WHEN name = 'gpu1' THEN now() END FROM berth.unit WHERE name IN ('gpu0-slice1', 'gpu0-slice2', "
      "'gpu1')");
  const auto watched = look();
  ASSERT_THAT(watched.nodes, SizeIs(1));
  EXPECT_EQ(watched.nodes[0].name, "gpu-node-1");
  EXPECT_EQ(watched.nodes[0].outages, 2);
  EXPECT_EQ(watched.nodes[0].holds, 0);
  ASSERT_THAT(watched.classes, SizeIs(2));
  EXPECT_EQ(std::tuple(watched.classes[0].name, watched.classes[0].units, watched.classes[0].claimed),
            std::tuple("slice-24gb", 4, 1));
  EXPECT_EQ(std::tuple(watched.classes[1].name, watched.classes[1].units, watched.classes[1].claimed),
            std::tuple("whole-96gb", 1, 0));
}

TEST_F(WatchedTest, WhatAChangeOfLayoutKeepsOutOfServiceIsAnOutageWhenItIsStuck) {
  sql("INSERT INTO berth.hold (unit, session, since, why) SELECT id, NULL, now(), 'its layout is being "
      "changed'"
      " FROM berth.unit");
  const auto order = [](const char* when) {
    return fmt::format(
        "INSERT INTO berth.layout_order (node, layout, ways, advertises, units, not_before, "
        "ordered_by) SELECT n.id, 'berth-00000000000000aa', '{{\"gpu0\": 1}}', "
        "'{{nvidia.com/gpu=4}}', '{{gpu1}}', {}, (SELECT id FROM berth.app_user LIMIT 1) "
        "FROM berth.node n",
        when);
  };
  sql(order("now() + interval '1 hour'"));
  EXPECT_EQ(look().nodes.at(0).outages, 5) << "that change is not the reason yet";
  sql(order("now()"));
  EXPECT_EQ(look().nodes.at(0).outages, 0);
  sql("UPDATE berth.layout_order SET stuck = true, step = 'failed'");
  EXPECT_EQ(look().nodes.at(0).outages, 5);
}

TEST_F(WatchedTest, UnitsThatPodsKeepAreHolds) {
  running(minutes(10), "Stopping");
  sql("INSERT INTO berth.hold (unit, session, since, why) SELECT c.unit, s.id, now(), 'pod lingers'"
      " FROM berth.session s JOIN berth.reservation_unit c USING (reservation)");
  EXPECT_EQ(look().nodes.at(0).holds, 1);
}

}  // namespace
}  // namespace berth::store
