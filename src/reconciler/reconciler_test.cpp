// The role as a whole, as the program runs it: its own threads and clock, the simulated cluster over HTTP, a
// real database. What single cycles do is tested under a clock of the test's.
#include "reconciler/reconciler.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "reconciler/test_world.hpp"
#include "store/migrations.hpp"
#include "store/pools.hpp"
#include "store/users.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

/// Far beyond what anything here takes on a busy machine.
constexpr auto kPatience = 60s;

constexpr pg::Query kEnd{"test_end",
                         "UPDATE berth.reservation SET end_requested_at = clock_timestamp(), "
                         "version = version + 1 WHERE id = $1"};
constexpr pg::Query kTell{"test_tell", "SELECT pg_notify($1, '')"};
constexpr pg::Query kPhase{
    "test_phase",
    "SELECT phase AS x FROM berth.session WHERE reservation = $1 ORDER BY attempt DESC LIMIT 1"};
constexpr pg::Query kEpoch{"test_epoch", "SELECT coalesce(max(epoch), 0) AS x FROM berth.leader"};

class ReconcilerTest : public testing::Test {
 protected:
  ReconcilerTest()
      : database_(
            testsupport::postgres().fresh_database(embedded::migrations(), std::string(store::kSchema))),
        owner_(database_.connect()),
        portal_(database_.connect()) {
    must(portal_.run("SET ROLE berth_portal"));
    pool_ = must(store::apply_pool(portal_, store::owner_author(), lab_pool())).pool;
    auto transaction = must(store::begin_write(portal_, store::owner_author()));
    user_ =
        must(store::create_user(transaction, {"ana@example.org", "Ana", model::Role::kMember, std::nullopt}));
    must(transaction.commit());
    simcluster::Settings settings;
    settings.nodes = nodes_of(pool_);
    settings.delays = simcluster::Delays::none();
    cluster_ = must(simcluster::SimCluster::start(settings, clock_, Log::silent()));
  }

  kube::ClientFactory clients() const {
    const kube::KubeconfigFile file{{}, cluster_->kubeconfig()};
    return {must(kube::parse_kubeconfig({&file, 1}))};
  }
  Settings settings() {
    Settings out;
    out.database = database_.settings_as(reconciler_login(owner_));
    out.election.lease_duration = 1500ms;
    out.election.renew_deadline = 1000ms;
    out.election.retry_period = 200ms;
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
    return std::get<store::Booked>(outcome).view.reservation.id;
  }
  void end(const model::ReservationId& id) {
    must(owner_.run("SET berth.actor = 'owner'"));
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
  bool comes_true(Condition condition) {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < patience) {
      if (condition()) return true;
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }

  const SystemClock clock_;
  testsupport::Database database_;
  pg::Connection owner_;
  pg::Connection portal_;
  model::Pool pool_;
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

TEST_F(ReconcilerTest, OnceBringsUpAndTakesAwayAndGivesTheLeadBack) {
  const auto id = book_now();
  must(make()->once({}));
  EXPECT_EQ(phase(id), "Ready");
  EXPECT_EQ(session_namespaces().size(), 1U);

  end(id);
  const auto begun = std::chrono::steady_clock::now();
  must(make()->once({}));
  // Had the first not given its lead back, this one would have waited for the Lease to run out.
  fmt::print("the second took {} ms\n", (std::chrono::steady_clock::now() - begun) / 1ms);
  EXPECT_EQ(phase(id), "Gone");
  EXPECT_THAT(session_namespaces(), IsEmpty());
  EXPECT_EQ(epoch(), 2);
}

TEST_F(ReconcilerTest, OnceDoesNotTakeTheLeadFromOneThatHasIt) {
  const Running other(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const auto done = make()->once({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kConflict);
  EXPECT_THAT(done.error().message, HasSubstr("another reconciler leads"));
  EXPECT_EQ(epoch(), 1);
}

TEST_F(ReconcilerTest, RunHearsOfBookingsAndOfEnds) {
  Running reconciler(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
  end(id);
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Gone"; })) << phase(id);
  EXPECT_THAT(session_namespaces(), IsEmpty());
  EXPECT_TRUE(reconciler.stop());
}

TEST_F(ReconcilerTest, AnotherTakesOverWhatOneLeaves) {
  Running first(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const Running second(make());
  must(first.stop());
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
  EXPECT_EQ(epoch(), 2);
}

TEST_F(ReconcilerTest, RunOutlivesADatabaseThatHangsUp) {
  const Running reconciler(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  must(
      owner_.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                 " AND usename = 'test_reconciler'"));
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
}

TEST_F(ReconcilerTest, PlanSaysWhatWouldBeDoneAndDoesNothing) {
  const auto id = book_now();
  const auto before = cluster_->counts();
  const auto lines = must(make()->plan_lines());
  EXPECT_THAT(lines, Not(IsEmpty()));
  EXPECT_EQ(cluster_->counts().writes, before.writes);
  EXPECT_EQ(phase(id), "");
  EXPECT_EQ(epoch(), 0);
}

TEST_F(ReconcilerTest, AClusterThatNoPoolIsOnIsRefused) {
  const auto id = book_now();
  must(make()->once({}));
  auto wrong = settings();
  wrong.cluster = "elsewhere";
  const auto made = Reconciler::create(wrong, clients(), Log::silent());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().slug, kUnknownCluster);
  EXPECT_EQ(made.error().fields,
            (std::vector<FieldError>{{"cluster", "elsewhere", "one of default", made.error().message}}));
  EXPECT_EQ(phase(id), "Ready");
}

TEST_F(ReconcilerTest, AClusterThatDoesNotAnswerIsNoCluster) {
  const auto away = clients();
  must(cluster_->stop());
  const auto made = Reconciler::create(settings(), away, Log::silent());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_THAT(made.error().message, HasSubstr("ask the cluster what it serves"));
}

}  // namespace
}  // namespace berth::reconciler
