// A whole installation for tests of the control plane: a database of its own whose clock is the test's, the
// simulated cluster under the same clock, bookings by the portal's code in the portal's role, and a
// reconciler that is driven cycle by cycle and can be cut off after any effect.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/test_resources.hpp"
#include "poolfile/poolfile.hpp"
#include "reconciler/cycle.hpp"
#include "reconciler/executor.hpp"
#include "reconciler/observer.hpp"
#include "reconciler/test_link.hpp"
#include "store/bookings.hpp"
#include "store/control.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::reconciler {

/// The value; else an exception, which ends the test with the error's text.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message);
}

/// As if the process had been killed: nothing of it runs any more.
struct Killed {};

/// deploy/pools/lab.yaml: a cluster and its pool.
poolfile::Declared lab_file();
model::Pool lab_pool();
model::Cluster lab_cluster();
/// Nodes that have what the pool declares.
std::vector<simcluster::NodeDescription> nodes_of(const model::Pool& pool);
/// As the program logs in: a member of berth_reconciler, no more. Makes the role where it is missing.
std::string_view reconciler_login(pg::Connection& owner);

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

  const model::UserId& user() const { return user_; }
  model::Viewer viewer();
  store::Author author() const { return store::author_of(user_, "req-1", "192.0.2.1"); }
  pg::Connection& portal() { return *portal_; }
  const model::Pool& pool() const { return pool_; }
  /// Whole steps of the pool from the next one on.
  Instant step(int n) const {
    return ceil_to_step(now() + seconds(1), pool_.policy.step) + n * pool_.policy.step;
  }
  Result<store::CreateOutcome> try_book(const std::string& device_class, int units,
                                        std::optional<Instant> start, Instant end);
  model::ReservationId book(const std::string& device_class, int units, std::optional<Instant> start,
                            Instant end);

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
  /// Watches hear nothing until told otherwise.
  void lag(bool on);
  /// A new process takes over, with nothing in memory.
  void restart();
  /// What a cycle would do now.
  planning::Plan plan();

  simcluster::SimCluster& cluster() { return *cluster_; }
  /// From now on on all that is asked through client(), the reconciler's writes among it. {}: none.
  void set_webhook(Webhook webhook) { webhook_ = std::move(webhook); }
  /// With administrator's rights, on a link without watches.
  kube::Client client() const;
  store::Control& control() { return executor_->first().control.operator*(); }
  const store::Lead& lead() const { return *lead_; }
  const std::string& installation() const { return installation_; }

  // --- Looking

  /// As the schema's owner.
  pg::Rows sql(const std::string& statement);
  std::string text(const std::string& statement) { return sql(statement).front().get<std::string>("x"); }
  std::int64_t number(const std::string& statement) { return sql(statement).front().get<std::int64_t>("x"); }
  /// One line for all that the reconciler writes, save Lease, leader and heartbeat.
  std::string fingerprint();

 private:
  void start_reconciler();
  template <typename Drive>
  Driven drive(std::optional<int> effects, Drive&& one);

  TestClock clock_;
  testsupport::Database database_;
  std::map<std::string, std::string>
      statements_;  // text to name, of all that were asked; outlives the connection
  std::optional<pg::Connection> owner_;
  std::optional<pg::Connection> portal_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  WatchGate gate_;
  Webhook webhook_;
  bool lagging_ = false;
  model::Pool pool_;
  model::UserId user_;
  std::string installation_;
  std::optional<int> effects_left_;
  std::optional<int> effects_until_lost_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Executor> executor_;
  std::optional<store::Lead> lead_;
};

}  // namespace berth::reconciler
