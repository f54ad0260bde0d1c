#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

TEST(NetworkStep, LeavesOutEveryRangeOfTheSiteAndLinkLocalAddresses) {
  const auto objects = network_objects(slice());
  const auto& world = find_object(objects, "NetworkPolicy", "berth-world").body;
  const auto& peers = find(world, {"spec", "egress"})->as_array().at(0).as_object().at("to").as_array();
  ASSERT_EQ(peers.size(), 1U) << "a cluster that names no IPv6 pods gets no IPv6";
  const auto except = find(peers.at(0), {"ipBlock", "except"})->as_array();
  EXPECT_EQ(except, (json::array{"169.254.0.0/16", "10.128.0.0/14", "172.30.0.0/16", "192.0.2.0/24",
                                 "198.51.100.0/24"}));
}

TEST(NetworkStep, KeepsTheFamiliesApart) {
  auto spec = slice();
  spec.cluster.pod_ranges.emplace_back("fd01::/48");
  spec.cluster.node_ranges.emplace_back("2001:db8::/64");
  const auto objects = network_objects(spec);
  const auto& world = find_object(objects, "NetworkPolicy", "berth-world").body;
  const auto& peers = find(world, {"spec", "egress"})->as_array().at(0).as_object().at("to").as_array();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(*find(peers.at(1), {"ipBlock", "except"}),
            (json::array{"fe80::/10", "fd00:ec2::254/128", "fd01::/48", "2001:db8::/64"}));
}

TEST(NetworkStep, OpensNothingForAnApiServerThatIsGivenByName) {
  auto spec = slice();
  spec.cluster.api_servers = {"api.lab.example:6443"};
  for (const auto& object : network_objects(spec)) EXPECT_NE(object.name, "berth-api-server");
}

TEST(NetworkStep, IsolatedPodsReachNamesAndNothingElse) {
  auto spec = slice();
  spec.cluster.proxy.http = "http://192.0.2.1:3128";
  const json::object isolated_are_left_out{
      {"matchExpressions",
       json::array{json::object{{"key", "berth.dev/isolated"}, {"operator", "DoesNotExist"}}}}};
  std::vector<std::string> out;
  std::vector<std::string> in;
  for (const auto& object : network_objects(spec)) {
    const auto& rules = *find(object.body, {"spec"});
    if (*find(rules, {"podSelector"}) == isolated_are_left_out) continue;
    ASSERT_EQ(*find(rules, {"podSelector"}), json::object{}) << object.name;
    const auto* egress = find(rules, {"egress"});
    const auto* ingress = find(rules, {"ingress"});
    if (egress != nullptr && !egress->as_array().empty()) out.push_back(object.name);
    if (ingress != nullptr && !ingress->as_array().empty()) in.push_back(object.name);
  }
  EXPECT_EQ(out, std::vector<std::string>{"berth-dns"});
  EXPECT_EQ(in, std::vector<std::string>{"berth-router"});
}

TEST(NetworkStep, AWidenedPolicyIsADifference) {
  const auto spec = slice();
  const auto objects = network_objects(spec);
  const auto& deny = objects.at(0).body;
  ASSERT_EQ(objects.at(0).name, "berth-deny");
  json::value opened = deny;
  opened.as_object()["spec"].as_object()["ingress"] = json::array{json::object{}};
  EXPECT_FALSE(matches(deny, opened));
  json::value narrowed = deny;
  narrowed.as_object()["spec"].as_object()["podSelector"] =
      json::object{{"matchLabels", json::object{{"a", "b"}}}};
  EXPECT_FALSE(matches(deny, narrowed));

  const auto& same_namespace = objects.at(1).body;
  json::value widened = same_namespace;
  auto& rule = widened.as_object()["spec"].as_object()["ingress"].as_array().at(0).as_object();
  rule["from"].as_array().at(0).as_object()["namespaceSelector"] = json::object{};
  EXPECT_FALSE(matches(same_namespace, widened)) << "an empty selector means every namespace";
}

}  // namespace
}  // namespace berth::planning
