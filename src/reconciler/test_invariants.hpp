// What must hold at every instant, whatever happens: looked at in the database and in the cluster itself.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "reconciler/test_world.hpp"
#include "store/calendar.hpp"

namespace berth::reconciler {

class Invariants {
 public:
  explicit Invariants(TestWorld& world) : world_(world) {}

  /// Our installation's objects of any kind.
  kube::ListQuery ours() const {
    return {.ns = "", .label_selector = fmt::format("berth.dev/installation={}", world_.installation())};
  }

  void look() {
    one_reservation_per_placement();
    no_node_is_exceeded();
    sessions_and_namespaces_agree();
    nobody_is_let_in_before_the_quota();
    each_change_was_audited();
    numbers_add_up();
  }

 private:
  void one_reservation_per_placement() {
    EXPECT_EQ(world_.number("SELECT count(*) AS x FROM berth.reservation_unit a JOIN berth.reservation_unit b"
                            " ON a.device = b.device AND a.placement && b.placement AND a.reservation < "
                            "b.reservation AND a.during && b.during"
                            " WHERE a.live AND b.live"),
              0)
        << "two reservations hold one unit, or one and a sibling of it";
    // What is live holds as many units as were booked, for its whole window unless it ended before.
    EXPECT_EQ(world_.number(
                  "SELECT count(*) AS x FROM berth.reservation r WHERE r.state IN ('APPROVED', 'ACTIVE') AND"
                  " r.units <> (SELECT count(*) FROM berth.reservation_unit c WHERE c.reservation = r.id"
                  " AND c.live AND c.during = tstzrange(r.start_at, r.end_at))"),
              0)
        << "a live reservation without its claims";
    EXPECT_EQ(world_.number(
                  fmt::format("SELECT count(*) AS x FROM berth.reservation r JOIN berth.reservation_unit c"
                              " ON c.reservation = r.id WHERE r.state IN ('COMPLETED', 'CANCELED', 'FAILED')"
                              " AND c.live AND upper(c.during) > '{}'",
                              format_rfc3339(world_.now()))),
              0)
        << "a claim outlives its reservation";
  }

  /// The peak lies where something begins.
  void no_node_is_exceeded() {
    EXPECT_EQ(
        world_.number(
            "WITH held AS (SELECT DISTINCT c.reservation, u.node, c.during, r.cpu_milli, r.memory_gib,"
            " r.storage_gib FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit"
            " JOIN berth.reservation r ON r.id = c.reservation WHERE c.live)"
            " SELECT count(*) AS x FROM (SELECT n.id FROM held e JOIN held h ON h.node = e.node AND"
            " h.during @> lower(e.during) JOIN berth.node n ON n.id = e.node GROUP BY n.id, e.reservation"
            " HAVING sum(h.cpu_milli) > max(n.cpu_milli - n.aside_cpu_milli) OR"
            " sum(h.memory_gib) > max(n.memory_gib - n.aside_memory_gib) OR"
            " sum(h.storage_gib) > max(n.storage_gib - n.aside_storage_gib)) over"),
        0)
        << "a node is exceeded";
  }

  void sessions_and_namespaces_agree() {
    std::map<std::string, std::string> phases;
    for (const auto& row : world_.sql("SELECT namespace_name, phase, r.start_at FROM berth.session s"
                                      " JOIN berth.reservation r ON r.id = s.reservation")) {
      phases[row.get<std::string>("namespace_name")] = row.get<std::string>("phase");
      EXPECT_LE(row.get<Instant>("start_at"), world_.now()) << "a session before its window";
    }
    auto client = world_.client();
    for (const auto& space : must(client.list(kube::resources::namespaces(), ours())).items) {
      const auto name = kube::name_of(space);
      EXPECT_TRUE(phases.contains(name)) << name << " has no row";
      EXPECT_NE(phases[name], "Gone") << name << " outlives its session";
    }
    EXPECT_EQ(world_.number(
                  "SELECT count(*) AS x FROM berth.session s JOIN berth.reservation r ON r.id = s.reservation"
                  " WHERE s.phase <> 'Gone' AND r.state <> 'ACTIVE'"),
              0)
        << "a session of a reservation that is not ACTIVE";
    EXPECT_EQ(world_.number("SELECT count(*) AS x FROM berth.hold h JOIN berth.session s ON s.id = h.session"
                            " WHERE h.released_at IS NULL AND s.phase = 'Gone'"),
              0)
        << "a hold outlives its session";
  }

  void nobody_is_let_in_before_the_quota() {
    auto client = world_.client();
    std::set<std::string> enforced;
    for (const auto& quota : must(client.list(kube::resources::resource_quotas(), ours())).items) {
      const auto* hard = find(quota, {"spec", "hard"});
      const auto* status = find(quota, {"status", "hard"});
      if (hard != nullptr && status != nullptr && *hard == *status)
        enforced.insert(kube::namespace_of(quota));
    }
    for (const auto& binding : must(client.list(kube::resources::role_bindings(), ours())).items) {
      const auto space = kube::namespace_of(binding);
      if (!let_in_.insert(space).second) continue;
      EXPECT_TRUE(enforced.contains(space)) << space << " was opened before its quota was enforced";
    }
  }

  void each_change_was_audited() {
    EXPECT_EQ(
        world_.number(
            "SELECT count(*) AS x FROM berth.reservation r WHERE r.state IS DISTINCT FROM"
            " (SELECT a.after->>'state' FROM berth.audit a WHERE a.object_id = r.id::text AND"
            " a.object_type = 'reservation' AND a.after ? 'state' ORDER BY a.at DESC, a.id DESC LIMIT 1)"),
        0)
        << "a state without an audit row";
  }

  void numbers_add_up() {
    const auto series = must(store::load_availability(world_.portal(), world_.pool(),
                                                      {world_.now() - hours(2), world_.now() + hours(8)}));
    const auto check = [](const booking::Series& one, const std::string& what) {
      for (const auto& segment : one.segments) {
        EXPECT_EQ(segment.free + segment.reserved + segment.blocked + segment.out_of_service, one.total)
            << what;
        EXPECT_GE(segment.free, 0) << what;
      }
    };
    for (const auto& one : series.classes)
      check(one.series, "class " + std::to_string(one.device_class.value));
    check(series.cpu, "cpu");
    check(series.memory, "memory");
    check(series.storage, "storage");
  }

  TestWorld& world_;
  std::set<std::string> let_in_;  // namespaces whose door was seen open
};

}  // namespace berth::reconciler
