// The role as the program runs it, for tests: its own threads and clock, the simulated cluster over HTTP, a
// real database. What single cycles do is tested under a clock of the test's (test_world.hpp).
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "reconciler/reconciler.hpp"
#include "reconciler/test_world.hpp"
#include "store/apply.hpp"
#include "store/migrations.hpp"
#include "store/test_bookings.hpp"
#include "store/users.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::reconciler {

/// As the program logs in: a member of berth_reconciler, no more. Makes the role where it is missing.
inline std::string_view reconciler_login(pg::Connection& owner) {
  constexpr std::string_view login = "test_reconciler";
  must(
      owner.run(fmt::format("DO $$ BEGIN CREATE ROLE {} LOGIN IN ROLE berth_reconciler;"
                            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                            login)));
  return login;
}

class RoleTest : public testing::Test {
 protected:
  RoleTest()
      : database_(
            testsupport::postgres().fresh_database(embedded::migrations(), std::string(store::kSchema))),
        owner_(database_.connect()),
        portal_(database_.connect()) {
    must(owner_.run("SET berth.actor = 'owner'"));
    must(portal_.run("SET ROLE berth_portal"));
    const auto pool = must(store::apply(owner_, store::owner_author(), lab_file())).pools.at(0).pool;
    auto transaction = must(store::begin_write(owner_, store::owner_author()));
    user_ =
        must(store::create_user(transaction, {"ana@example.org", "Ana", model::Role::kMember, std::nullopt}));
    must(transaction.commit());
    simcluster::Settings settings;
    settings.nodes = nodes_of(pool);
    settings.delays = simcluster::Delays::none();
    settings.bookmark_interval = std::chrono::milliseconds(100);
    cluster_ = must(simcluster::SimCluster::start(settings, clock_, Log::silent()));
  }

  kube::ClientFactory clients() const {
    const kube::KubeconfigFile file{{}, cluster_->kubeconfig()};
    return {must(kube::parse_kubeconfig({&file, 1}))};
  }
  Settings settings() {
    Settings out;
    out.database = database_.settings_as(reconciler_login(owner_));
    out.election.lease_duration = std::chrono::milliseconds(1'500);
    out.election.renew_deadline = std::chrono::milliseconds(1'000);
    out.election.retry_period = std::chrono::milliseconds(200);
    return out;
  }
  std::unique_ptr<Reconciler> make() {
    return must(Reconciler::create(settings(), clients(), Log::silent()));
  }

  model::ReservationId book_now() {
    booking::Request request;
    request.pool = "lab";
    request.device_class = "slice-24gb";
    request.units = 1;
    request.duration = std::chrono::minutes(60);
    auto outcome = must(store::create(portal_, store::author_of(user_, "req-1", "192.0.2.1"),
                                      must(store::load_viewer(portal_, user_)), {request, std::nullopt}));
    return std::get<store::Created>(outcome).view.reservation.id;
  }
  /// As the portal does: the change, and a word to whoever waits for work.
  void end(const model::ReservationId& id) {
    must(owner_.exec(kEnd, id.value));
    must(owner_.exec(kTell, store::kWorkChannel));
  }
  std::string phase(const model::ReservationId& id) {
    const auto rows = must(owner_.exec(kPhase, id.value));
    return rows.empty() ? "" : rows.front().get<std::string>("x");
  }
  std::int64_t epoch() { return must(owner_.exec(kEpoch)).front().get<std::int64_t>("x"); }
  std::vector<std::string> session_namespaces() {
    auto client = clients().client();
    std::vector<std::string> names;
    for (const auto& one : must(client.list(kube::resources::namespaces(), {})).items) {
      const auto name = string_at(one, {"metadata", "name"});
      if (name.starts_with("berth-s-")) names.push_back(name);
    }
    return names;
  }
  template <typename Condition>
  static bool comes_true(Condition condition) {
    // Far beyond what anything here takes on a busy machine.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < patience) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  static constexpr pg::Query kEnd{"test_end",
                                  "UPDATE berth.reservation SET end_requested_at = clock_timestamp(), "
                                  "version = version + 1 WHERE id = $1"};
  static constexpr pg::Query kTell{"test_tell", "SELECT pg_notify($1, '')"};
  static constexpr pg::Query kPhase{
      "test_phase",
      "SELECT phase AS x FROM berth.session WHERE reservation = $1 ORDER BY attempt DESC LIMIT 1"};
  static constexpr pg::Query kEpoch{"test_epoch", "SELECT coalesce(max(epoch), 0) AS x FROM berth.leader"};

  const SystemClock clock_;
  testsupport::Database database_;
  pg::Connection owner_;
  pg::Connection portal_;
  model::UserId user_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
};

/// A reconciler that runs until this ends.
class Running {
 public:
  explicit Running(std::unique_ptr<Reconciler> role)
      : role_(std::move(role)),
        ended_(std::async(std::launch::async, [this] { return role_->run(stop_.get_token()); })) {}
  ~Running() { stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Status stop() {
    stop_.request_stop();
    return ended_.valid() ? ended_.get() : Status{};
  }

 private:
  std::stop_source stop_;
  std::unique_ptr<Reconciler> role_;
  std::future<Status> ended_;
};

}  // namespace berth::reconciler
