#include "survey/survey.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/yaml.hpp"
#include "poolfile/node_labels.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::survey {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Texts = std::map<std::string, std::string>;

json::object object_of(const Texts& texts) {
  json::object out;
  for (const auto& [name, text] : texts) out[name] = text;
  return out;
}

/// As large as the reference machine, with these devices.
json::value node(const std::string& name, const Texts& labels, Texts amounts) {
  amounts.merge(Texts{{"cpu", "127"}, {"memory", "754Gi"}, {"ephemeral-storage", "2000Gi"}, {"pods", "250"}});
  return {
      {"metadata", {{"name", name}, {"labels", object_of(labels)}}},
      {"spec", {{"podCIDRs", {"10.244.3.0/24"}}}},
      {"status",
       {{"addresses",
         {{{"type", "InternalIP"}, {"address", "192.0.2.11"}}, {{"type", "Hostname"}, {"address", name}}}},
        {"capacity", object_of(amounts)},
        {"allocatable", object_of(amounts)}}}};
}

json::value named(const std::string& name, const Texts& annotations = {}) {
  return {{"metadata", {{"name", name}, {"annotations", object_of(annotations)}}}};
}

/// The reference machine: GPU 0 in four slices of one profile, twice each, GPU 1 whole four times.
Seen reference() {
  Seen seen;
  seen.openshift = true;
  seen.nodes.push_back(
      node("gpu-node-1",
           {{"nvidia.com/gpu.count", "2"},
            {"nvidia.com/gpu.product", "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition-SHARED"},
            {"nvidia.com/gpu.memory", "97887"},
            {"nvidia.com/gpu.replicas", "4"},
            {"nvidia.com/mig.strategy", "mixed"},
            {"nvidia.com/mig-1g.24gb.replicas", "2"},
            {"nvidia.com/mig-1g.24gb.memory", "24192"},
            {"topology.topolvm.io/node", "gpu-node-1"}},
           {{"nvidia.com/gpu", "4"}, {"nvidia.com/mig-1g.24gb", "8"}}));
  seen.storage_classes.push_back(
      named("lvms-vg1", {{"storageclass.kubernetes.io/is-default-class", "true"}}));
  seen.storage_classes.push_back(named("lvms-vg1-immediate"));
  seen.storage_capacities.push_back(
      {{"storageClassName", "lvms-vg1"},
       {"capacity", "2887Gi"},
       {"nodeTopology", {{"matchLabels", {{"topology.topolvm.io/node", "gpu-node-1"}}}}}});
  seen.storage_capacities.push_back(
      {{"storageClassName", "lvms-vg1"},
       {"capacity", "9000Gi"},
       {"nodeTopology", {{"matchLabels", {{"topology.topolvm.io/node", "another"}}}}}});
  seen.network = {{"status",
                   {{"clusterNetwork", json::array{json::object{{"cidr", "10.128.0.0/14"}}}},
                    {"serviceNetwork", {"172.30.0.0/16"}}}}};
  seen.ingress = {{"spec", {{"domain", "apps.lab.example"}}}};
  seen.infrastructure = {{"status", {{"apiServerURL", "https://api.lab.example:6443"}}}};
  seen.api_endpoints = {
      {"subsets", json::array{json::object{{"addresses", json::array{json::object{{"ip", "192.0.2.10"}}}},
                                           {"ports", json::array{json::object{{"port", 6443}}}}}}}};
  seen.pods.push_back(
      {{"metadata", {{"name", "registry"}, {"namespace", "openshift-image-registry"}}},
       {"spec",
        {{"nodeName", "gpu-node-1"},
         {"containers", json::array{json::object{
                            {"resources", {{"requests", {{"cpu", "4100m"}, {"memory", "13500Mi"}}}}}}}}}},
       {"status", {{"phase", "Running"}}}});
  seen.pods.push_back({{"metadata",
                        {{"name", "dcgm"},
                         {"namespace", "nvidia-gpu-operator"},
                         {"labels", {{"app", "nvidia-dcgm-exporter"}}}}},
                       {"spec", {{"nodeName", "gpu-node-1"}, {"containers", json::array{json::object{}}}}},
                       {"status", {{"phase", "Running"}}}});
  return seen;
}

poolfile::Declared read_back(const std::string& text) {
  const auto documents = yaml_documents(text);
  EXPECT_TRUE(documents) << (documents ? "" : documents.error().message) << "\n" << text;
  if (!documents) return {};
  auto declared = poolfile::parse_stream(*documents);
  EXPECT_TRUE(declared) << (declared ? "" : declared.error().message) << "\n" << text;
  return declared ? std::move(*declared) : poolfile::Declared{};
}

const model::Pool& only_pool(const poolfile::Declared& declared) {
  static const model::Pool kNone;
  EXPECT_EQ(declared.pools.size(), 1U);
  return declared.pools.size() == 1 ? declared.pools.front() : kNone;
}

TEST(Survey, TheReferenceMachineIsReadAsItIsPrinted) {
  const auto text = pool_file(reference(), {});
  const auto declared = read_back(text);
  ASSERT_EQ(declared.clusters.size(), 1U);
  const auto& cluster = declared.clusters.front();
  EXPECT_EQ(cluster.flavour, model::Flavour::kOpenshift);
  EXPECT_EQ(cluster.apps_domain, "apps.lab.example");
  EXPECT_EQ(cluster.pod_ranges, std::vector<std::string>{"10.128.0.0/14"});
  EXPECT_EQ(cluster.service_ranges, std::vector<std::string>{"172.30.0.0/16"});
  EXPECT_EQ(cluster.node_ranges, std::vector<std::string>{"192.0.2.11/32"});
  EXPECT_EQ(cluster.api_servers, std::vector<std::string>{"192.0.2.10:6443"});
  EXPECT_EQ(cluster.api_url, "https://api.lab.example:6443");
  EXPECT_EQ(cluster.storage_class, "lvms-vg1");
  ASSERT_TRUE(cluster.dcgm_exporter);
  EXPECT_EQ(cluster.dcgm_exporter->namespace_name, "nvidia-gpu-operator");

  const auto& pool = only_pool(declared);
  ASSERT_EQ(pool.devices.size(), 2U);
  EXPECT_EQ(pool.devices[0].model, "NVIDIA RTX PRO 6000 Blackwell Server Edition");
  EXPECT_EQ(pool.devices[0].memory.value, 95);
  EXPECT_EQ(pool.devices[0].slots, 4);
  ASSERT_EQ(pool.units.size(), 5U);
  EXPECT_EQ(pool.units[0].resource_name, "nvidia.com/mig-1g.24gb");
  EXPECT_EQ(pool.units[3].placement, (model::PlacementRange{3, 4}));
  EXPECT_EQ(pool.units[4].resource_name, "nvidia.com/gpu");
  EXPECT_EQ(pool.units[4].replicas, 4);
  EXPECT_FALSE(pool.units[4].out_of_service) << "the only one of its name";
  ASSERT_EQ(pool.classes.size(), 2U);
  ASSERT_NE(pool.find_class("whole-96gb"), nullptr);
  EXPECT_EQ(pool.find_class("whole-96gb")->device_memory.value, 95);
  EXPECT_EQ(pool.find_class("slice-24gb")->device_memory.value, 23);
  EXPECT_EQ(pool.find_class("slice-24gb")->gpu_share, 0.25);
  ASSERT_EQ(pool.nodes.size(), 1U);
  EXPECT_EQ(pool.nodes[0].capacity, (Load{{127'000}, {754}, {2887}})) << "of that node's topology";
  EXPECT_EQ(pool.nodes[0].set_aside, (Load{{5'000}, {14}, {0}}));
  EXPECT_EQ(pool.find_class("slice-24gb")->defaults, (Load{{15'000}, {92}, {360}}));
}

TEST(Survey, LabelsThatTellWhatANodeIsAreDeclaredWithIt) {
  auto seen = reference();
  auto& labels = seen.nodes.front().at("metadata").at("labels").as_object();
  labels["kubernetes.io/hostname"] = "gpu-node-1";
  labels["nvidia.com/mig.config.state"] = "success";
  const auto documents = yaml_documents(pool_file(seen, {}));
  ASSERT_TRUE(documents);
  const auto told = poolfile::node_labels(documents->back());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.at("gpu-node-1"),
            (std::vector<std::string>{
                "kubernetes.io/hostname=gpu-node-1",
                "nvidia.com/gpu.product=NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition-SHARED"}));
}

TEST(Survey, SlicesOfOneNameWithReplicasAreOutOfServiceUntilSomebodyChooses) {
  const auto text = pool_file(reference(), {});
  const auto declared = read_back(text);
  const auto& pool = only_pool(declared);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(pool.units[static_cast<std::size_t>(i)].out_of_service);
    EXPECT_EQ(pool.units[static_cast<std::size_t>(i)].replicas, 1);
  }
  EXPECT_THAT(text, HasSubstr("two tenants could land on one device"));
}

TEST(Survey, SlicesOfFourNamesAreBookableWithTheirReplicas) {
  auto seen = reference();
  // As the test cluster's node says it: no replicas, no memory.
  seen.nodes = {node("gpu-node-1",
                     {{"nvidia.com/gpu.count", "2"},
                      {"nvidia.com/gpu.product", "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition"}},
                     {{"nvidia.com/gpu", "4"},
                      {"nvidia.com/mig-1g.24gb", "2"},
                      {"nvidia.com/mig-1g.24gb-me", "2"},
                      {"nvidia.com/mig-1g.24gb.gfx", "2"},
                      {"nvidia.com/mig-1g.24gb.me", "2"}})};
  const auto text = pool_file(seen, {});
  const auto declared = read_back(text);
  const auto& pool = only_pool(declared);
  ASSERT_EQ(pool.units.size(), 5U);
  std::vector<std::string> names;
  for (const auto& unit : pool.units) {
    EXPECT_FALSE(unit.out_of_service);
    names.push_back(unit.resource_name);
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("nvidia.com/gpu", "nvidia.com/mig-1g.24gb",
                                                   "nvidia.com/mig-1g.24gb-me", "nvidia.com/mig-1g.24gb.gfx",
                                                   "nvidia.com/mig-1g.24gb.me"));
  EXPECT_EQ(pool.units[0].replicas, 2);
  EXPECT_EQ(pool.units[4].replicas, 4);
  EXPECT_THAT(text, AllOf(HasSubstr("GUESSED: replicas of slices (2)"),
                          HasSubstr("GUESSED: 4 replicas of nvidia.com/gpu")));
  EXPECT_THAT(text, HasSubstr("GUESSED: 95 GiB of memory"));
}

TEST(Survey, APlainNodeWithoutLabelsIsReadAndWhatItDoesNotSayIsMarked) {
  Seen seen;
  seen.nodes.push_back(node("worker-1.lab.example", {}, {{"nvidia.com/gpu", "2"}}));
  const auto text = pool_file(seen, {.cluster = "edge", .pool = "edge-lab", .time_zone = "Europe/Berlin"});
  const auto declared = read_back(text);
  ASSERT_EQ(declared.clusters.size(), 1U);
  EXPECT_EQ(declared.clusters.front().name, "edge");
  EXPECT_EQ(declared.clusters.front().flavour, model::Flavour::kKubernetes);
  EXPECT_EQ(declared.clusters.front().pod_ranges, std::vector<std::string>{"10.244.3.0/24"});
  const auto& pool = only_pool(declared);
  EXPECT_EQ(pool.cluster, "edge");
  ASSERT_EQ(pool.nodes.size(), 1U);
  EXPECT_EQ(pool.nodes[0].name, "worker-1");
  EXPECT_EQ(pool.nodes[0].kubernetes_name, "worker-1.lab.example");
  ASSERT_EQ(pool.units.size(), 2U);
  EXPECT_EQ(pool.units[1].replicas, 1);
  for (const auto* what :
       {"NOT KNOWN: the cards' memory", "NOT KNOWN: how much the storage class has", "NOT KNOWN: the domain",
        "NOT KNOWN: what an hour of one costs", "NOT KNOWN: no storage class was found",
        "GUESSED: what the nodes of today have", "NOT KNOWN: the range of Services"})
    EXPECT_THAT(text, HasSubstr(what));
}

TEST(Survey, TheControlPlanesOwnPodsTellTheRangesOfAPlainCluster) {
  Seen seen;
  seen.nodes.push_back(node("one", {}, {{"nvidia.com/gpu", "1"}}));
  const auto program = [&](const std::string& name, const std::string& argument) {
    seen.pods.push_back(
        {{"metadata", {{"name", name}, {"namespace", "kube-system"}, {"labels", {{"component", name}}}}},
         {"spec", {{"containers", json::array{json::object{{"command", {name, argument}}}}}}}});
  };
  program("kube-controller-manager", "--cluster-cidr=10.244.0.0/16,fd00:1::/48");
  program("kube-apiserver", "--service-cluster-ip-range=10.96.0.0/12");
  const auto declared = read_back(pool_file(seen, {}));
  EXPECT_EQ(declared.clusters.front().pod_ranges, (std::vector<std::string>{"10.244.0.0/16", "fd00:1::/48"}));
  EXPECT_EQ(declared.clusters.front().service_ranges, std::vector<std::string>{"10.96.0.0/12"});
}

TEST(Survey, CardsOfMoreThanOneProfileArePackedWhereTheyFit) {
  Seen seen;
  seen.nodes.push_back(
      node("dgx",
           {{"nvidia.com/gpu.count", "4"},
            {"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"},
            {"nvidia.com/gpu.memory", "81559"},
            {"nvidia.com/gpu.replicas", "1"},
            {"nvidia.com/mig-3g.40gb.replicas", "1"},
            {"nvidia.com/mig-1g.10gb.replicas", "1"}},
           {{"nvidia.com/gpu", "2"}, {"nvidia.com/mig-3g.40gb", "3"}, {"nvidia.com/mig-1g.10gb", "4"}}));
  const auto text = pool_file(seen, {});
  const auto declared = read_back(text);
  const auto& pool = only_pool(declared);
  EXPECT_EQ(pool.devices.size(), 4U);
  EXPECT_EQ(pool.units.size(), 9U);
  EXPECT_EQ(pool.devices[0].slots, 8);
  EXPECT_EQ(pool.classes.size(), 3U);
  EXPECT_THAT(text, HasSubstr("GUESSED: which slice lies on which card"));
  for (const auto& unit : pool.units) EXPECT_FALSE(unit.out_of_service) << "no replicas, so nobody shares";
}

TEST(Survey, WhereNoNodeOffersAGpuThereIsACluster) {
  Seen seen;
  seen.nodes.push_back(node("one", {}, {}));
  seen.nodes.push_back(node("two", {{"nvidia.com/gpu.count", "2"}}, {}));
  const auto text = pool_file(seen, {});
  const auto declared = read_back(text);
  EXPECT_EQ(declared.clusters.size(), 1U);
  EXPECT_TRUE(declared.pools.empty());
  EXPECT_THAT(text, AllOf(HasSubstr("No node offers a GPU"),
                          HasSubstr("Node two says that it has GPUs and offers none")));
}

TEST(Survey, DevicesThatAreAwayJustNowAreDeclaredAndTold) {
  auto seen = reference();
  auto& amounts = seen.nodes.front().at("status").at("allocatable").as_object();
  amounts["nvidia.com/gpu"] = "0";
  const auto text = pool_file(seen, {});
  const auto declared = read_back(text);
  EXPECT_EQ(only_pool(declared).units.size(), 5U);
  EXPECT_THAT(text, HasSubstr("0 of 4 nvidia.com/gpu can be used just now"));
}

TEST(Survey, WhatANodeSaysOfItselfIsNoYamlOfOurs) {
  auto seen = reference();
  auto& labels = seen.nodes.front().at("metadata").at("labels").as_object();
  labels["nvidia.com/gpu.product"] = "x\nkind: Cluster # \"";
  labels["nvidia.com/gpu.replicas"] = "99999999999999999999";
  labels["nvidia.com/gpu.count"] = "-1";
  seen.nodes.front().at("status").at("capacity").as_object()["nvidia.com/mig-9g.1gb\nname: x"] = "3";
  seen.nodes.front().at("status").at("capacity").as_object()["nvidia.com/gpu"] = "1e30";
  seen.unread.push_back("a\nb: c");
  const auto documents = yaml_documents(pool_file(seen, {}));
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_LE(documents->size(), 2U);
}

TEST(Survey, AProxysPasswordStaysWhereItIs) {
  auto seen = reference();
  seen.proxy = {{"status", {{"httpProxy", "http://me:secret@proxy.example:3128"}, {"noProxy", ".example"}}}};
  EXPECT_THAT(pool_file(seen, {}), AllOf(Not(HasSubstr("secret")), HasSubstr("holds a password")));
  seen.proxy = {{"status", {{"httpProxy", "http://proxy.example:3128"}, {"noProxy", ".example,10.0.0.0/8"}}}};
  const auto declared = read_back(pool_file(seen, {}));
  EXPECT_EQ(declared.clusters.front().proxy.http, "http://proxy.example:3128");
  EXPECT_EQ(declared.clusters.front().proxy.no_proxy, ".example,10.0.0.0/8");
}

TEST(Survey, ManyNodesAreToldByTheirNetworks) {
  Seen seen;
  for (int i = 1; i <= 40; ++i) {
    auto one = node(fmt::format("n{}", i), {}, {{"nvidia.com/gpu", "1"}});
    one.at("status").at("addresses").as_array().front().as_object()["address"] =
        fmt::format("192.0.{}.7", 2 + i % 2);
    seen.nodes.push_back(std::move(one));
  }
  const auto declared = read_back(pool_file(seen, {}));
  EXPECT_EQ(declared.clusters.front().node_ranges,
            (std::vector<std::string>{"192.0.3.0/24", "192.0.2.0/24"}));
  EXPECT_EQ(only_pool(declared).nodes.size(), 40U);
}

TEST(Survey, WhatWasSaidIsNoGuess) {
  const auto seen = reference();
  EXPECT_THAT(pool_file(seen, {}), AllOf(HasSubstr("(--time-zone)"), HasSubstr("(--currency)")));
  const auto said = pool_file(
      seen,
      {.time_zone = "Europe/Berlin", .currency = "CHF", .time_zone_given = true, .currency_given = true});
  EXPECT_THAT(said, AllOf(HasSubstr("time_zone: Europe/Berlin\n"), HasSubstr("currency: CHF\n")));
}

}  // namespace
}  // namespace berth::survey
