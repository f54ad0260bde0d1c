// The whole server over HTTP, spoken to by Berth's own Kubernetes client.
#include "simcluster/simcluster.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/temporary_folder_for_test.hpp"
#include "kube/kube.hpp"
#include "kube/test_resources.hpp"
#include "simcluster/objects.hpp"
#include "simcluster/saved_state.hpp"

namespace berth::simcluster {
namespace {

using std::chrono::milliseconds;

/// Looks until it holds; a server on a busy machine may need a while.
bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

class Served : public testing::Test {
 protected:
  Served() {
    settings.delays = Delays::none();
    settings.tick = milliseconds(2);
    settings.nodes.push_back({.name = "gpu-1",
                              .capacity = {{"cpu", "8"}, {"memory", "32Gi"}},
                              .allocatable = {},
                              .labels = {},
                              .taints = {},
                              .internal_ip = "192.0.2.10"});
  }
  ~Served() override { cluster.reset(); }

  void start() {
    auto started = SimCluster::start(settings, clock, Log::silent());
    ASSERT_TRUE(started) << started.error().message;
    cluster = std::move(*started);
  }
  kube::Config config() {
    const auto file = folder / "kubeconfig";
    std::ofstream(file) << cluster->kubeconfig();
    auto loaded = kube::load_kubeconfig(file.string());
    EXPECT_TRUE(loaded);
    return *loaded;
  }
  kube::Client client(int max_tries = 1) {
    kube::ClientSettings client_settings;
    client_settings.max_tries = max_tries;
    client_settings.call_deadline = std::chrono::seconds(20);
    return kube::ClientFactory(config(), client_settings).client();
  }
  static kube::ObjectRef map(const std::string& name) {
    return {.resource = kube::resources::config_maps(), .ns = "default", .name = name};
  }
  static json::object map_object(const std::string& name, const std::string& value = "v") {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}}},
            {"data", {{"k", value}}}};
  }
  static kube::ApplyOptions by_berth() {
    kube::ApplyOptions options;
    options.field_manager = "berth";
    return options;
  }

  const TemporaryFolder folder;
  Settings settings;
  SystemClock clock;
  std::unique_ptr<SimCluster> cluster;
};

TEST_F(Served, AppliesAndReads) {
  start();
  auto kube = client();
  const auto applied = kube.apply(map("a"), map_object("a"), by_berth());
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_TRUE(applied->created);
  EXPECT_EQ(string_at(*kube.get(map("a")), {"data", "k"}), "v");
}

TEST_F(Served, KnowsOnlyItsOwnToken) {
  start();
  auto wrong = config();
  wrong.token = "wrong";
  auto nobody = kube::ClientFactory(wrong).client();
  const auto list = nobody.list(kube::resources::namespaces());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kUnauthenticated);
  EXPECT_TRUE(nobody.raw_get("/readyz"));
}

TEST_F(Served, SpeaksTlsWithACertificateOfItsOwnThatTheKubeconfigTrusts) {
  const auto tls_dir = folder / "tls";
  auto started = SimCluster::start(settings, clock, Log::silent(), tls_dir);
  ASSERT_TRUE(started) << started.error().message;
  cluster = std::move(*started);
  EXPECT_TRUE(cluster->url().starts_with("https://127.0.0.1:"));
  auto kube = client();
  const auto applied = kube.apply(map("a"), map_object("a"), by_berth());
  ASSERT_TRUE(applied) << applied.error().message;
  auto stranger = config();
  stranger.certificate_authority = {};
  EXPECT_FALSE(kube::ClientFactory(stranger).client().raw_get("/readyz")) << "no one else vouches for it";
  const auto mode = std::filesystem::status(tls_dir / "api.key").permissions();
  EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
}

TEST_F(Served, InformersFollow) {
  start();
  auto kube = client();
  kube::Informer informer(kube::ClientFactory(config()),
                          {.resource = kube::resources::config_maps(), .ns = "default"}, {}, Log::silent());
  ASSERT_TRUE(informer.wait_synced(std::chrono::seconds(20)));
  ASSERT_TRUE(kube.create(kube::resources::config_maps(), "default", map_object("a")));
  EXPECT_TRUE(eventually([&] { return informer.find({.ns = "default", .name = "a"}) != nullptr; }));
  cluster->cut_watches(false);
  cluster->compact();
  ASSERT_TRUE(kube.remove(map("a")));
  EXPECT_TRUE(eventually([&] { return informer.find({.ns = "default", .name = "a"}) == nullptr; }));
}

TEST_F(Served, FaultsAnswerInsteadOfTheApi) {
  start();
  auto kube = client();
  Fault fault;
  fault.verb = "apply";
  fault.resource = "configmaps";
  fault.code = 500;
  ASSERT_TRUE(cluster->add_fault(fault));
  const auto failed = kube.apply(map("a"), map_object("a"), by_berth());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().slug, "InternalError");
  EXPECT_FALSE(*kube.find(map("a")));
  EXPECT_TRUE(kube.apply(map("a"), map_object("a"), by_berth()));
}

TEST_F(Served, ThrottlesWithARetryAfterThatIsHonoured) {
  start();
  auto kube = client(3);
  Fault fault;
  fault.resource = "configmaps";
  fault.code = 429;
  fault.reason = "TooManyRequests";
  fault.retry_after_seconds = 1;
  ASSERT_TRUE(cluster->add_fault(fault));
  EXPECT_TRUE(kube.apply(map("a"), map_object("a"), by_berth()));
}

TEST_F(Served, CutsConnectionsBeforeOrAfterTheEffect) {
  start();
  auto kube = client();
  Fault fault;
  fault.kind = FaultKind::kCutBefore;
  fault.verb = "apply";
  ASSERT_TRUE(cluster->add_fault(fault));
  EXPECT_FALSE(kube.apply(map("a"), map_object("a"), by_berth()));
  EXPECT_FALSE(*kube.find(map("a")));
  fault.kind = FaultKind::kCutAfter;
  ASSERT_TRUE(cluster->add_fault(fault));
  EXPECT_FALSE(kube.apply(map("a"), map_object("a"), by_berth()));
  EXPECT_TRUE(*kube.find(map("a")));
}

TEST_F(Served, FaultsComeOverHttpOnlyWhenAllowed) {
  start();
  EXPECT_FALSE(client().raw_get("/sim/faults"));
  cluster.reset();
  settings.faults_over_http = true;
  start();
  const auto list = client().raw_get("/sim/faults");
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, R"({"items":[]})");
}

TEST_F(Served, KeepsItsStateOverARestart) {
  settings.state_dir = folder / "state";
  start();
  const auto made = client().create(kube::resources::config_maps(), "default", map_object("a"));
  ASSERT_TRUE(made);
  ASSERT_TRUE(cluster->stop());
  cluster.reset();
  start();
  const auto kept = client().get(map("a"));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kube::uid_of(*kept), kube::uid_of(*made));
  EXPECT_EQ(kube::resource_version_of(*kept), kube::resource_version_of(*made));
}

TEST_F(Served, ReadyPodsAndTheNodesOfTheSettingsSurviveARestart) {
  settings.state_dir = folder / "state";
  start();
  const json::object pod{{"apiVersion", "v1"},
                         {"kind", "Pod"},
                         {"metadata", {{"name", "p"}}},
                         {"spec", {{"containers", json::array{{{"name", "c"}, {"image", "i"}}}}}}};
  ASSERT_TRUE(client().create(kube::resources::pods(), "default", pod));
  const auto ready = [&] {
    const auto found = client().get({.resource = kube::resources::pods(), .ns = "default", .name = "p"});
    const auto* one = found ? condition(found->as_object(), "Ready") : nullptr;
    return one != nullptr && text(*one, {"status"}) == "True";
  };
  ASSERT_TRUE(eventually(ready));
  ASSERT_TRUE(cluster->stop());
  cluster.reset();
  settings.delays.ready = std::chrono::hours(1);
  auto second = settings.nodes[0];
  second.name = "gpu-2";
  settings.nodes.push_back(second);
  start();
  EXPECT_TRUE(ready());
  EXPECT_EQ(client().list(kube::resources::nodes())->items.size(), 2U);
  ASSERT_TRUE(cluster->stop());
  cluster.reset();
  settings.nodes.pop_back();
  start();
  EXPECT_EQ(client().list(kube::resources::nodes())->items.size(), 1U);
}

TEST_F(Served, SavesWhileItRuns) {
  settings.state_dir = folder / "state";
  settings.save_interval = milliseconds(10);
  start();
  ASSERT_TRUE(client().create(kube::resources::config_maps(), "default", map_object("saved-soon")));
  EXPECT_TRUE(eventually([&] {
    std::ifstream in(state_file(settings.state_dir));
    return std::string(std::istreambuf_iterator<char>(in), {}).find("saved-soon") != std::string::npos;
  }));
}

TEST_F(Served, DoesNotStartOnABrokenState) {
  settings.state_dir = folder / "state";
  std::filesystem::create_directories(settings.state_dir);
  std::ofstream(state_file(settings.state_dir)) << "{ broken";
  const auto started = SimCluster::start(settings, clock, Log::silent());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kMalformed);
  std::ifstream in(state_file(settings.state_dir));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "{ broken") << "it is left as it is";
}

TEST_F(Served, RefusesSettingsThatCannotWork) {
  settings.nodes.push_back(settings.nodes[0]);
  auto started = SimCluster::start(settings, clock, Log::silent());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fields.at(0).field, "nodes[1].name");
  settings.nodes.pop_back();
  settings.nodes[0].capacity["cpu"] = "many";
  started = SimCluster::start(settings, clock, Log::silent());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fields.at(0).field, "nodes[0].capacity[cpu]");
}

TEST_F(Served, CanBeCalledWithoutHttp) {
  settings.tick = milliseconds(0);
  settings.seed = 3;
  start();
  ApiRequest request;
  request.method = "GET";
  request.path = "/api/v1/namespaces/default";
  EXPECT_EQ(cluster->call(request).status, 200);
  request.path = "/api/v1/namespaces";
  request.query = {{"watch", "1"}, {"resourceVersion", std::to_string(cluster->counts().revision)}};
  EXPECT_NE(cluster->call(request).body.find("BOOKMARK"), std::string::npos);
  ApiRequest make;
  make.method = "POST";
  make.path = "/api/v1/namespaces";
  make.body = R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"lab"}})";
  Fault cut;
  cut.kind = FaultKind::kCutAfter;
  cut.verb = "create";
  ASSERT_TRUE(cluster->add_fault(cut));
  EXPECT_TRUE(cluster->call(make).cut);
  EXPECT_EQ(cluster->call(make).status, 409);
  const auto events = cluster->call(request).body;
  EXPECT_TRUE(events.starts_with(R"({"type":"ADDED","object":{"apiVersion":"v1")")) << events;
}

TEST_F(Served, OneSeedGivesOneHistory) {
  settings.tick = milliseconds(0);
  settings.seed = 11;
  settings.serve = false;
  struct Fixed final : Clock {
    Instant now() const override { return *parse_rfc3339("2026-11-22T12:00:00Z"); }
  } fixed;
  const auto history = [&] {
    auto one = SimCluster::start(settings, fixed, Log::silent());
    ApiRequest request;
    request.method = "POST";
    request.path = "/api/v1/namespaces";
    request.body = R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"lab"}})";
    EXPECT_EQ((*one)->call(request).status, 201);
    request.path = "/apis/apps/v1/namespaces/lab/deployments";
    request.body =
        R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})";
    EXPECT_EQ((*one)->call(request).status, 201);
    request.method = "GET";
    request.path = "/api/v1/pods";
    return (*one)->call(request).body;
  };
  const auto first = history();
  EXPECT_NE(first.find("\"d-"), std::string::npos);
  EXPECT_EQ(first, history());
}

TEST_F(Served, TakesNoLargerBodiesThanItsBound) {
  start();
  const auto refused = client().create(kube::resources::config_maps(), "default",
                                       map_object("big", std::string(4U << 20, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooLarge) << refused.error().message;
  EXPECT_TRUE(client().create(kube::resources::config_maps(), "default", map_object("small")));
}

TEST_F(Served, ManyWritersEachGetTheirOwnAnswer) {
  start();
  constexpr int kWriters = 4;
  constexpr int kEach = 20;
  const kube::ClientFactory factory(config());
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      auto kube = factory.client();
      for (int i = 0; i < kEach; ++i) {
        const auto name = "w" + std::to_string(writer) + "-" + std::to_string(i);
        const auto made = kube.apply(map(name), map_object(name, name), by_berth());
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(string_at(made->object, {"data", "k"}), name);
      }
    });
  }
  writers.clear();
  const auto all = client().list(kube::resources::config_maps(), {.ns = "default"});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->items.size(), kWriters * kEach + 1U);
}

TEST_F(Served, AnswersPagesByTheirHost) {
  start();
  const std::string url = "http://127.0.0.1:" + std::to_string(cluster->pages_port());
  kube::Config page;
  page.server = url;
  kube::ClientSettings once;
  once.max_tries = 1;
  const auto missing = kube::ClientFactory(page, once).client().raw_get("/");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

TEST_F(Served, StopsWithWatchesOpen) {
  start();
  const kube::ClientFactory factory(config());
  std::jthread reader([&] {
    auto watcher = factory.client();
    const auto ended = watcher.watch(kube::resources::config_maps(), {.ns = "default"},
                                     [](const kube::WatchEvent&) { return true; });
    EXPECT_TRUE(ended) << ended.error().message;
  });
  EXPECT_TRUE(eventually([&] { return cluster->counts().watches == 1; }));
  EXPECT_TRUE(cluster->stop());
}

}  // namespace
}  // namespace berth::simcluster
