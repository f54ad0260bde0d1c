// The role beside a cluster that is not all there: an API group whose server has not come back yet, a watch
// that fails while the rest goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "reconciler/reconciler.hpp"
#include "reconciler/test_world.hpp"
#include "store/migrations.hpp"
#include "store/pools.hpp"
#include "store/users.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Far beyond what anything here takes on a busy machine.
constexpr auto kPatience = 60s;

/// A cluster whose discovery says of one group that its server did not answer.
class StaleLink final : public kube::Transport {
 public:
  StaleLink(simcluster::SimCluster& cluster, std::string group)
      : link_(cluster, nullptr), group_(std::move(group)) {}

  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits& limits,
                          const std::stop_token& stop) override {
    auto answer = link_.exchange(request, limits, stop);
    if (!answer || request.target != "/apis") return answer;
    auto document = must(parse_json(answer->body));
    for (auto& group : document.at("items").as_array()) {
      if (string_at(group, {"metadata", "name"}) != group_) continue;
      for (auto& version : group.at("versions").as_array()) {
        version.as_object()["freshness"] = "Stale";
        version.as_object()["resources"] = json::array();
      }
    }
    answer->body = json::serialize(document);
    return answer;
  }

 private:
  TestLink link_;
  std::string group_;
};

class UnheardTest : public testing::Test {
 protected:
  UnheardTest()
      : database_(
            testsupport::postgres().fresh_database(embedded::migrations(), std::string(store::kSchema))),
        owner_(database_.connect()),
        portal_(database_.connect()) {
    must(owner_.run("SET berth.actor = 'owner'"));
    must(portal_.run("SET ROLE berth_portal"));
    const auto pool = must(store::apply_pool(portal_, store::owner_author(), lab_pool())).pool;
    auto transaction = must(store::begin_write(portal_, store::owner_author()));
    user_ =
        must(store::create_user(transaction, {"ana@example.org", "Ana", model::Role::kMember, std::nullopt}));
    must(transaction.commit());
    simcluster::Settings settings;
    settings.nodes = nodes_of(pool);
    settings.delays = simcluster::Delays::none();
    settings.bookmark_interval = 100ms;
    cluster_ = must(simcluster::SimCluster::start(settings, clock_, Log::silent()));
  }

  Settings settings() {
    Settings out;
    out.database = database_.settings_as(reconciler_login(owner_));
    out.cycle_every = 200ms;
    out.unheard_too_long = 1s;
    return out;
  }
  kube::ClientFactory over_http() const {
    const kube::KubeconfigFile file{{}, cluster_->kubeconfig()};
    return {must(kube::parse_kubeconfig({&file, 1}))};
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
  std::string text(const pg::Query& query, const std::string& argument) {
    const auto rows = must(owner_.exec(query, argument));
    return rows.empty() ? "" : rows.front().get<std::string>("x");
  }
  std::string phase(const model::ReservationId& id) {
    static constexpr pg::Query kPhase{
        "test_phase",
        "SELECT phase AS x FROM berth.session WHERE reservation = $1 ORDER BY attempt DESC LIMIT 1"};
    return text(kPhase, id.value);
  }
  std::string problem() {
    static constexpr pg::Query kProblem{"test_problem",
                                        "SELECT problem AS x FROM berth.heartbeat WHERE cluster = $1"};
    return text(kProblem, "default");
  }
  void end(const model::ReservationId& id) {
    static constexpr pg::Query kEnd{"test_end",
                                    "UPDATE berth.reservation SET end_requested_at = clock_timestamp(), "
                                    "version = version + 1 WHERE id = $1"};
    must(owner_.exec(kEnd, id.value));
  }
  template <typename Condition>
  static bool comes_true(Condition condition) {
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
  model::UserId user_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
};

TEST_F(UnheardTest, AClusterThatDoesNotKnowYetWhatItServesIsWaitedFor) {
  const auto create = [&](const std::string& group) {
    const kube::ClientFactory clients([&, group] { return std::make_unique<StaleLink>(*cluster_, group); },
                                      {});
    return Reconciler::create(settings(), clients, Log::silent());
  };
  const auto made = create("route.openshift.io");
  ASSERT_FALSE(made) << "it would have taken it for a cluster without routes";
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_THAT(made.error().message, HasSubstr("route.openshift.io"));
  EXPECT_TRUE(create("storage.k8s.io")) << "nothing here depends on it";
}

TEST_F(UnheardTest, AWatchThatFailsHoldsUpStartsAndNothingElseAndIsSaid) {
  const auto role = must(Reconciler::create(settings(), over_http(), Log::silent()));
  std::stop_source stop;
  [[maybe_unused]] const auto ended =  // its end waits for the role's
      std::async(std::launch::async, [&] { return role->run(stop.get_token()); });
  struct StopAtEnd {
    std::stop_source& stop;
    ~StopAtEnd() { stop.request_stop(); }
  } const at_end{stop};
  const auto old = book_now();
  ASSERT_TRUE(comes_true([&] { return phase(old) == "Ready"; })) << phase(old);
  EXPECT_EQ(problem(), "");

  for (const auto* verb : {"list", "watch"}) {
    simcluster::Fault fault;
    fault.verb = verb;
    fault.resource = "limitranges";
    fault.code = 403;
    fault.reason = "Forbidden";
    fault.times = -1;
    must(cluster_->add_fault(fault));
  }
  cluster_->cut_watches(false);
  ASSERT_TRUE(comes_true([&] { return problem().find("limitranges") != std::string::npos; })) << problem();
  const auto coming = book_now();
  end(old);
  ASSERT_TRUE(comes_true([&] { return phase(old) == "Gone"; })) << phase(old);
  EXPECT_EQ(phase(coming), "") << "it would be started on a picture that may be past";

  cluster_->clear_faults();
  EXPECT_TRUE(comes_true([&] { return phase(coming) == "Ready"; })) << phase(coming);
  EXPECT_TRUE(comes_true([&] { return problem().empty(); })) << problem();
}

}  // namespace
}  // namespace berth::reconciler
