// The picture of the cluster, over HTTP from the simulated one.
#include "reconciler/observer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/temporary_folder_for_test.hpp"
#include "kube/test_resources.hpp"
#include "manifests/manifests.hpp"
#include "simcluster/simcluster.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kOurs = "11111111-1111-4111-8111-111111111111";
constexpr std::string_view kTheirs = "99999999-9999-4999-8999-999999999999";

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

class ObserverTest : public testing::Test {
 protected:
  ObserverTest() {
    simcluster::Settings settings;
    settings.flavour = simcluster::Flavour::kOpenshift;
    settings.delays = simcluster::Delays::none();
    settings.tick = 2ms;
    settings.bookmark_interval = 100ms;
    settings.workers = 2;
    settings.nodes.push_back({.name = "gpu-node-1",
                              .capacity = {{"cpu", "8"}, {"memory", "32Gi"}, {"nvidia.com/gpu", "4"}},
                              .allocatable = {},
                              .labels = {},
                              .taints = {},
                              .internal_ip = "192.0.2.10"});
    auto started = simcluster::SimCluster::start(settings, clock_, Log::silent());
    if (!started) throw std::runtime_error(started.error().message);
    cluster_ = std::move(*started);
    const auto file = folder_ / "kubeconfig";
    std::ofstream(file) << cluster_->kubeconfig();
    factory_ = std::make_unique<kube::ClientFactory>(kube::load_kubeconfig(file.string()).value(),
                                                     kube::ClientSettings{});
  }
  ~ObserverTest() override {
    observer_.reset();
    cluster_.reset();
  }

  void watch(std::chrono::milliseconds unheard_too_long = kUnheardTooLong) {
    auto client = factory_->client();
    observer_ = std::make_unique<Observer>(
        *factory_, std::string(kOurs), client.discover().value(), [this] { ++changes_; }, Log::silent(),
        ObserverSettings{.unheard_too_long = unheard_too_long});
  }
  void watch_all() {
    watch();
    ASSERT_TRUE(observer_->wait_synced(30s));
  }
  planning::Observed seen() { return observer_->observe().value(); }
  bool sees(const std::string& plural, const std::string& name, const std::string& ns = "") {
    return seen().find({plural, ns, name}) != nullptr;
  }

  static json::value named(const std::string& kind, const std::string& name, std::string_view installation) {
    return {{"apiVersion", "v1"},
            {"kind", kind},
            {"metadata",
             {{"name", name},
              {"labels",
               {{"app.kubernetes.io/managed-by", "berth"}, {"berth.dev/installation", installation}}}}}};
  }
  void make_namespace(const std::string& name, std::string_view installation) {
    auto client = factory_->client();
    const auto made =
        client.create(kube::resources::namespaces(), "", named("Namespace", name, installation));
    ASSERT_TRUE(made) << made.error().message;
  }
  void make_pod(const std::string& name, const std::string& gpu) {
    json::object limits{{"cpu", "1"}};
    if (!gpu.empty()) limits[gpu] = "1";
    const json::value pod = {
        {"apiVersion", "v1"},
        {"kind", "Pod"},
        {"metadata", {{"name", name}}},
        {"spec",
         {{"containers",
           json::array{{{"name", "c"}, {"image", "i"}, {"resources", {{"limits", limits}}}}}}}}};
    auto client = factory_->client();
    const auto made = client.create(kube::resources::pods(), "default", pod);
    ASSERT_TRUE(made) << made.error().message;
  }

  const TemporaryFolder folder_;
  SystemClock clock_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  std::unique_ptr<kube::ClientFactory> factory_;
  std::unique_ptr<Observer> observer_;
  std::atomic<int> changes_ = 0;
};

TEST_F(ObserverTest, SeesWhatIsOursAndNothingOfAnother) {
  make_namespace("berth-s-ours", kOurs);
  make_namespace("berth-s-theirs", kTheirs);
  watch_all();
  EXPECT_TRUE(sees("namespaces", "berth-s-ours"));
  EXPECT_FALSE(sees("namespaces", "berth-s-theirs"));
  auto client = factory_->client();
  for (const auto& [name, installation] :
       {std::pair{"berth-session", kOurs}, std::pair{"berth-proxy", kTheirs}}) {
    ASSERT_TRUE(client.create(kube::resources::config_maps(), "berth-s-ours",
                              named("ConfigMap", name, installation)));
  }
  EXPECT_TRUE(eventually([&] { return sees("configmaps", "berth-session", "berth-s-ours"); }));
  EXPECT_FALSE(sees("configmaps", "berth-proxy", "berth-s-ours"));
}

TEST_F(ObserverTest, SeesConfigMapsByTheNamesOfSessionsAlone) {
  make_namespace("berth-s-ours", kOurs);
  watch_all();
  auto client = factory_->client();
  for (const auto* name : {"a", "berth-session", "berth-proxy"}) {
    ASSERT_TRUE(
        client.create(kube::resources::config_maps(), "berth-s-ours", named("ConfigMap", name, kOurs)));
  }
  for (const auto* name : {"berth-session", "berth-proxy"})
    EXPECT_TRUE(eventually([&] { return sees("configmaps", name, "berth-s-ours"); })) << name;
  EXPECT_FALSE(sees("configmaps", "a", "berth-s-ours")) << "its label does not make it ours to read";
}

TEST_F(ObserverTest, KeepsLittleOfALargeObjectWhetherItIsListedOrWatchedOrWritten) {
  const auto make = [&](const std::string& space) {
    make_namespace(space, kOurs);
    auto object = named("ConfigMap", "berth-session", kOurs);
    object.as_object()["data"] = json::object{{"x", std::string(1'000'000, 'x')}};
    auto client = factory_->client();
    const auto made = client.create(kube::resources::config_maps(), space, object);
    ASSERT_TRUE(made) << made.error().message;
    if (observer_ && space == "written") observer_->note_written(kube::resources::config_maps(), *made, "");
  };
  const auto kept_of = [&](const std::string& space) {
    const auto observed = seen();
    const auto* object = observed.find({"configmaps", space, "berth-session"});
    return object == nullptr ? std::size_t{0} : json::serialize(*object).size();
  };
  make("listed");
  watch_all();
  make("written");
  EXPECT_GT(kept_of("written"), 0U);
  EXPECT_LT(kept_of("written"), 4'000U);
  make("watched");
  ASSERT_TRUE(eventually([&] { return kept_of("watched") > 0; }));
  for (const auto* space : {"listed", "watched", "written"}) {
    EXPECT_GT(kept_of(space), 0U) << space;
    EXPECT_LT(kept_of(space), 4'000U) << space;
  }
}

TEST_F(ObserverTest, SeesEveryPodThatUsesAGpuAndNoOther) {
  watch_all();
  make_pod("plain", "");
  make_pod("train", "nvidia.com/gpu");
  ASSERT_TRUE(eventually([&] { return !seen().pods.empty() && seen().pods.front().running; }));
  const auto pods = seen().pods;
  ASSERT_EQ(pods.size(), 1U);
  EXPECT_EQ(pods.front().name, "train");
  EXPECT_EQ(pods.front().namespace_name, "default");
  EXPECT_EQ(pods.front().node, "gpu-node-1");
  auto client = factory_->client();
  ASSERT_TRUE(client.remove({kube::resources::pods(), "default", "train"}));
  EXPECT_TRUE(eventually([&] { return seen().pods.empty(); }));
}

TEST_F(ObserverTest, SeesWhatNodesOfferWhileTheyAreReady) {
  watch_all();
  EXPECT_EQ(seen().node_gpus.at("gpu-node-1").at("nvidia.com/gpu"), 4);
  EXPECT_FALSE(seen().facts.several_nodes);
  simcluster::Fault down;
  down.kind = simcluster::FaultKind::kNodeNotReady;
  const auto id = cluster_->add_fault(down).value();
  EXPECT_TRUE(eventually([&] { return seen().node_gpus.empty(); }));
  EXPECT_THAT(seen().facts.gpu_resource_names, testing::ElementsAre("nvidia.com/gpu"))
      << "known all the same";
  cluster_->remove_fault(id);
  EXPECT_TRUE(eventually([&] { return !seen().node_gpus.empty(); }));
}

TEST_F(ObserverTest, CountsEveryNodeAndKnowsTheirHostnames) {
  watch_all();
  const json::value master = {
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata", {{"name", "cp-1.lab.example"}, {"labels", {{"kubernetes.io/hostname", "cp-1"}}}}}};
  auto client = factory_->client();
  ASSERT_TRUE(client.create(kube::resources::nodes(), "", master));
  EXPECT_TRUE(eventually([&] { return seen().facts.several_nodes; })) << "a node without GPUs runs pods too";
  EXPECT_THAT(seen().facts.hostnames, testing::ElementsAre(testing::Pair("cp-1.lab.example", "cp-1")));
}

TEST_F(ObserverTest, TellsOfChanges) {
  watch_all();
  const auto before = changes_.load();
  make_namespace("berth-s-ours", kOurs);
  EXPECT_TRUE(eventually([&] { return changes_.load() > before; }));
}

TEST_F(ObserverTest, SaysWhatIsMissingBeforeEverythingWasListed) {
  simcluster::Fault fault;
  fault.verb = "list";
  fault.resource = "resourcequotas";
  fault.code = 403;
  fault.reason = "Forbidden";
  fault.message = "no right to list quotas";
  fault.times = -1;
  ASSERT_TRUE(cluster_->add_fault(fault));
  watch();
  EXPECT_FALSE(observer_->wait_synced(1s));
  ASSERT_TRUE(eventually([&] {
    const auto observed = observer_->observe();
    return !observed && observed.error().message.find("no right to list quotas") != std::string::npos;
  }));
  const auto error = observer_->observe().error();
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("resourcequotas"));
  cluster_->clear_faults();
  EXPECT_TRUE(observer_->wait_synced(60s)) << "and goes on by itself";
}

TEST_F(ObserverTest, TellsWhichWatchesFailForTooLongAndGoesOnShowingWhatWasHeard) {
  make_namespace("berth-s-ours", kOurs);
  watch(200ms);
  ASSERT_TRUE(observer_->wait_synced(30s));
  EXPECT_EQ(seen().watch_trouble, "");
  for (const auto* verb : {"list", "watch"}) {
    simcluster::Fault fault;
    fault.verb = verb;
    fault.resource = "resourcequotas";
    fault.code = 403;
    fault.reason = "Forbidden";
    fault.message = "no right to see quotas";
    fault.times = -1;
    ASSERT_TRUE(cluster_->add_fault(fault));
  }
  cluster_->cut_watches(false);
  EXPECT_TRUE(eventually([&] { return seen().watch_trouble.find("resourcequotas") != std::string::npos; }));
  EXPECT_TRUE(eventually([&] {
    return seen().watch_trouble.find("no right to see quotas") != std::string::npos;
  })) << seen().watch_trouble;
  EXPECT_TRUE(sees("namespaces", "berth-s-ours"));
  cluster_->clear_faults();
  EXPECT_TRUE(eventually([&] { return seen().watch_trouble.empty(); })) << seen().watch_trouble;
}

TEST_F(ObserverTest, AWatchThatWasCutAndMadeAnewAtOnceIsNoTrouble) {
  watch_all();
  cluster_->cut_watches(false);
  make_namespace("berth-s-ours", kOurs);
  EXPECT_TRUE(eventually([&] { return sees("namespaces", "berth-s-ours"); }));
  EXPECT_EQ(seen().watch_trouble, "");
}

TEST(CheckGroups, AGroupThatBerthUsesMustBeKnownAndOthersNeedNot) {
  kube::Discovery discovery;
  discovery.stale_groups = {"metrics.k8s.io", "packages.operators.coreos.com"};
  EXPECT_TRUE(check_groups(discovery));
  for (const auto* group : {"route.openshift.io", "security.openshift.io", "apps", "networking.k8s.io",
                            "rbac.authorization.k8s.io", "admissionregistration.k8s.io"}) {
    discovery.stale_groups = {"metrics.k8s.io", group};
    const auto checked = check_groups(discovery);
    ASSERT_FALSE(checked) << group;
    EXPECT_EQ(checked.error().code, Code::kUnavailable);
    EXPECT_THAT(checked.error().message, HasSubstr(group));
    EXPECT_THAT(checked.error().message, testing::Not(HasSubstr("metrics")));
  }
}

TEST_F(ObserverTest, CatchesUpAfterWatchesWereCutAndTheirHistoryForgotten) {
  make_namespace("berth-s-first", kOurs);
  watch_all();
  simcluster::Fault too_old;
  too_old.kind = simcluster::FaultKind::kWatchGone;
  too_old.times = 5;
  ASSERT_TRUE(cluster_->add_fault(too_old));
  cluster_->cut_watches(false);
  auto client = factory_->client();
  ASSERT_TRUE(client.remove({kube::resources::namespaces(), "", "berth-s-first"}));
  make_namespace("berth-s-second", kOurs);
  cluster_->compact();
  EXPECT_TRUE(eventually(
      [&] { return sees("namespaces", "berth-s-second") && !sees("namespaces", "berth-s-first"); }));
}

TEST_F(ObserverTest, OurOwnWriteStandsInForTheWatchUntilThatHasCaughtUp) {
  watch_all();
  // As if the watch had not heard yet: the object is in no list.
  auto object = named("Namespace", "berth-s-new", kOurs);
  object.at("metadata").as_object()["resourceVersion"] = "5";
  const kubeschema::Resource kind{"", "v1", "namespaces", "Namespace", false};
  observer_->note_written(kind, object, "");
  EXPECT_TRUE(sees("namespaces", "berth-s-new"));
  make_namespace("berth-s-new", kOurs);
  const auto from_the_watch = [&] {
    const auto observed = seen();
    const auto* space = observed.find({"namespaces", "", "berth-s-new"});
    return space != nullptr && kube::resource_version_of(*space) != "5";
  };
  EXPECT_TRUE(eventually(from_the_watch));
  auto client = factory_->client();
  ASSERT_TRUE(client.remove({kube::resources::namespaces(), "", "berth-s-new"}));
  EXPECT_TRUE(eventually([&] { return !sees("namespaces", "berth-s-new"); }));
}

TEST_F(ObserverTest, WhatOthersMadeOfOurWriteShowsAlsoWhenTheWatchWasFasterThanTheAnswer) {
  watch_all();
  const planning::ObservedKey key{"namespaces", "", "berth-s-new"};
  const auto seen_before = observer_->version_seen(key);
  EXPECT_EQ(seen_before, "");
  // The watch is past our write, and past somebody else's to it, before the answer to ours is read.
  make_namespace("berth-s-new", kOurs);
  ASSERT_TRUE(eventually([&] { return sees("namespaces", "berth-s-new"); }));
  const auto later = observer_->version_seen(key);
  ASSERT_NE(later, "");
  auto answer = named("Namespace", "berth-s-new", kOurs);
  answer.at("metadata").as_object()["resourceVersion"] = "5";
  observer_->note_written({"", "v1", "namespaces", "Namespace", false}, answer, seen_before);
  const auto observed = seen();
  const auto* space = observed.find(key);
  ASSERT_NE(space, nullptr);
  EXPECT_EQ(kube::resource_version_of(*space), later) << "the answer, which is older, must not stand in";
}

}  // namespace
}  // namespace berth::reconciler
