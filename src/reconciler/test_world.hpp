// A whole installation for tests of the control plane: the database's twin in memory and the simulated
// cluster, both under a clock of the test's, bookings as the portal decides them, and a reconciler that is
// driven cycle by cycle and can be cut off after any effect.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/test_resources.hpp"
#include "reconciler/cycle.hpp"
#include "reconciler/executor.hpp"
#include "reconciler/observer.hpp"
#include "reconciler/test_link.hpp"
#include "store/control_rows.hpp"
#include "storetwin/twin.hpp"
#include "testsupport/lab.hpp"
#include "testsupport/must.hpp"

namespace berth::reconciler {

using testsupport::lab_cluster;
using testsupport::lab_file;
using testsupport::lab_pool;
using testsupport::must;

/// As if the process had been killed: nothing of it runs any more.
struct Killed {};

/// Nodes that have what the pool declares.
std::vector<simcluster::NodeDescription> nodes_of(const model::Pool& pool);

class TestWorld {
 public:
  explicit TestWorld(std::uint64_t seed, simcluster::Delays delays = {});
  ~TestWorld();
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;

  // --- Time

  Instant now() const { return clock_.now(); }
  /// Both clocks; the cluster does what became due.
  void advance(Duration by);

  // --- People

  const model::Pool& pool() const { return pool_; }
  /// Whole steps of the pool from the next one on.
  Instant step(int n) const {
    return ceil_to_step(now() + seconds(1), pool_.policy.step) + n * pool_.policy.step;
  }
  Result<storetwin::Outcome> try_book(const std::string& device_class, int units,
                                      std::optional<Instant> start, Instant end);
  model::ReservationId book(const std::string& device_class, int units, std::optional<Instant> start,
                            Instant end);
  Result<storetwin::Outcome> extend(const model::ReservationId& id, const storetwin::Further& further) {
    return twin_.extend(id, further);
  }
  /// To what its session's workspace wished last.
  void answer(const model::ReservationId& id, const std::string& text) { twin_.answer(session(id).id, text); }
  /// Before its start: cancels it.
  Result<model::Reservation> end(const model::ReservationId& id) { return twin_.end(id); }
  /// As its owner asks for it, now.
  void ask_kubeconfig(const std::string& request, const model::ReservationId& id,
                      const entry::SealPublicKey& key) {
    twin_.ask_kubeconfig(request, id, reservation(id).owner, key);
  }
  /// The cluster's facts as they are from now on.
  void declare(const model::Cluster& cluster);
  /// The pool as it is from now on; its nodes stay as they are.
  void declare(model::Pool pool);
  void order_layouts(std::vector<planning::LayoutOrder> orders) {
    twin_.order_layouts(pool_.nodes.front().kubernetes_name, std::move(orders));
  }
  void retry_layout() { twin_.retry_layout(pool_.nodes.front().kubernetes_name); }
  /// The pool's rule as it is from now on.
  void keep_homes(model::HomeRule rule);
  bool ask_home_deletion(const std::string& home) { return twin_.ask_home_deletion(home); }

  // --- The reconciler

  struct Driven : Cycle {
    bool killed = false;
  };
  /// One cycle as the program runs it, with watches that have seen all (unless lag() holds them back). Killed
  /// after so many effects when `effects` is given: what was held in memory is then lost, and another
  /// reconciler leads from the next call on.
  Driven cycle(std::optional<int> effects = std::nullopt);
  /// Does what is planned as a cycle would. For plans made from what a test says was seen.
  Driven execute(const planning::Plan& plan, std::optional<int> effects = std::nullopt);
  planning::Desired desired();
  planning::Observed observe();
  /// The Lease is lost after so many more effects, and the reconciler learns of it as the real one does.
  void lose_the_lease_after(int effects) { effects_until_lost_ = effects; }
  /// As the reconciler sweeps.
  void sweep();
  /// Cycles, a second apart, until some in a row wrote nothing and none is to come of itself; false when that
  /// takes more than `most`.
  bool settle(int most = 200);
  /// The API answers nobody until told otherwise.
  void take_cluster_away(bool away);
  /// Watches hear nothing until told otherwise.
  void lag(bool on);
  /// A new process takes over, with nothing in memory.
  void restart();
  void restart_with(ObserverSettings settings) {
    observer_settings_ = std::move(settings);
    restart();
  }
  /// What a cycle would do now.
  planning::Plan plan();

  simcluster::SimCluster& cluster() { return *cluster_; }
  /// From now on on all that is asked through client(), the reconciler's writes among it. {}: none.
  void set_webhook(Webhook webhook) { webhook_ = std::move(webhook); }
  /// With administrator's rights, on a link without watches.
  kube::Client client() const;
  store::ControlRows& control() { return executor_->first().control.operator*(); }
  const store::Lead& lead() const { return *lead_; }
  const std::string& installation() const { return installation_; }

  // --- Looking

  const storetwin::Twin& database() const { return twin_; }
  const storetwin::Tables& tables() const { return twin_.rows().tables; }
  const model::Reservation& reservation(const model::ReservationId& id) const {
    return tables().reservations.at(id);
  }
  /// Its latest; the test ends when it has none.
  const model::Session& session(const model::ReservationId& id) const;
  /// Of its latest session.
  const model::Step& step(const model::ReservationId& id, model::StepName name) const;
  int sessions_in(std::initializer_list<model::SessionPhase> phases) const;
  std::vector<storetwin::Finding> open_findings() const;

  /// All that the reconciler writes, save Lease, leader and heartbeat.
  struct Written {
    storetwin::Tables tables;
    std::size_t events = 0;
    std::size_t audited = 0;
    bool operator==(const Written&) const = default;
  };
  Written written() const;

 private:
  void start_reconciler();
  template <typename Drive>
  Driven drive(std::optional<int> effects, Drive&& one);

  TestClock clock_;
  SeededRandom random_;  // of ids
  std::string installation_;
  storetwin::Twin twin_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  WatchGate gate_;
  Webhook webhook_;
  bool lagging_ = false;
  std::optional<Instant> away_since_;
  ObserverSettings observer_settings_;
  model::Pool pool_;
  model::UserId user_;
  std::optional<int> effects_left_;
  std::optional<int> effects_until_lost_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Executor> executor_;
  std::optional<store::Lead> lead_;
};

}  // namespace berth::reconciler
