// The network policies of a session. A policy only ever adds, so each says one thing that is allowed beside
// "nothing".
#include <algorithm>
#include <utility>

#include "manifests/endpoint_address.hpp"
#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

enum class Direction { kIngress, kEgress };

/// What is allowed to or from the pods of `selector`. The list of the other direction is nobody's: without
/// its policy type it means nothing.
json::object one_way(json::object selector, Direction direction, json::array rules) {
  const bool ingress = direction == Direction::kIngress;
  return json::object{{"podSelector", std::move(selector)},
                      {"policyTypes", strings({ingress ? "Ingress" : "Egress"})},
                      {ingress ? "ingress" : "egress", std::move(rules)}};
}

/// Empty lists allow nothing. They are stated, so that server-side apply owns them and takes out a rule that
/// someone put in. (The server stores them as missing, and so counts each apply as a change: apply only what
/// does not match.)
json::object both_ways(json::object selector, json::array ingress, json::array egress) {
  return json::object{{"podSelector", std::move(selector)},
                      {"policyTypes", strings({"Ingress", "Egress"})},
                      {"ingress", std::move(ingress)},
                      {"egress", std::move(egress)}};
}

Object policy(const SessionSpec& spec, std::string_view name, json::object policy_spec) {
  return session_object(spec, kNetworkPolicies, name, Guard::kYes,
                        json::object{{"spec", std::move(policy_spec)}});
}

json::object every_pod() {
  return {};
}

/// What carries the tenant's own label is left out of all that is allowed but names (berth-dns) and the
/// router (berth-router, which leads nowhere without a Service and a Route or Ingress to it): an agent that
/// nobody trusts reaches what a policy of the tenant's names, and nothing else.
json::object pods_that_are_not_isolated() {
  json::object expression{{"key", kIsolatedLabel}, {"operator", "DoesNotExist"}};
  return json::object{{"matchExpressions", json::array{std::move(expression)}}};
}

json::array every_pod_of_the_namespace() {
  return json::array{json::object{{"podSelector", json::object{}}}};
}

/// The world of one address family, without the ranges in which other sessions, nodes and the platform live.
json::object world(std::string_view everything, const std::vector<std::string>& except) {
  json::object block{{"cidr", everything}};
  if (!except.empty()) block.emplace("except", strings(except));
  return json::object{{"ipBlock", std::move(block)}};
}

json::array world_peers(const model::Cluster& cluster) {
  std::vector<std::string> except4{"169.254.0.0/16"};  // link-local: metadata services
  std::vector<std::string> except6{"fe80::/10", "fd00:ec2::254/128"};
  bool pods_have_ipv6 = false;
  for (const auto* ranges :
       {&cluster.pod_ranges, &cluster.service_ranges, &cluster.node_ranges, &cluster.blocked_ranges}) {
    for (const auto& range : *ranges) {
      auto& except = is_ipv6(range) ? except6 : except4;
      if (std::find(except.begin(), except.end(), range) == except.end()) except.push_back(range);
      if (ranges == &cluster.pod_ranges && is_ipv6(range)) pods_have_ipv6 = true;
    }
  }
  json::array peers{world("0.0.0.0/0", except4)};
  // Where the cluster names no IPv6 pods, its other IPv6 ranges are unknown too, so that family stays shut.
  if (pods_have_ipv6) peers.emplace_back(world("::/0", except6));
  return peers;
}

json::object rule_to(const Destination& destination) {
  json::object block{{"ipBlock", json::object{{"cidr", destination.cidr}}}};
  json::object port{{"protocol", "TCP"}, {"port", destination.port}};
  return json::object{{"to", json::array{std::move(block)}}, {"ports", json::array{std::move(port)}}};
}

/// The API server's own addresses, which the node ranges shut off; kubectl in the session needs them.
json::array api_server_rules(const model::Cluster& cluster) {
  json::array rules;
  for (const auto& server : cluster.api_servers) {
    if (const auto destination = parse_destination(server)) rules.emplace_back(rule_to(*destination));
  }
  return rules;
}

/// A proxy given by address may lie in a blocked range, and is the only way out then.
json::array proxy_rules(const model::Proxy& proxy) {
  json::array rules;
  for (const auto* url : {&proxy.http, &proxy.https}) {
    const auto destination = destination_of_url(*url);
    if (!destination) continue;
    json::value rule = rule_to(*destination);
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

std::vector<Object> network_objects(const SessionSpec& spec) {
  const auto& cluster = spec.cluster;
  std::vector<Object> policies{
      policy(spec, "berth-deny", both_ways(every_pod(), {}, {})),
      policy(spec, "berth-same-namespace",
             both_ways(pods_that_are_not_isolated(),
                       json::array{json::object{{"from", every_pod_of_the_namespace()}}},
                       json::array{json::object{{"to", every_pod_of_the_namespace()}}})),
      policy(spec, "berth-dns",
             one_way(every_pod(), Direction::kEgress, json::array{dns_rule(cluster.flavour)})),
      policy(spec, "berth-router",
             one_way(every_pod(), Direction::kIngress,
                     json::array{json::object{{"from", router_peers(cluster.flavour)}}})),
      policy(spec, "berth-world",
             one_way(pods_that_are_not_isolated(), Direction::kEgress,
                     json::array{json::object{{"to", world_peers(cluster)}}})),
  };
  if (auto rules = api_server_rules(cluster); !rules.empty()) {
    policies.push_back(policy(spec, "berth-api-server",
                              one_way(pods_that_are_not_isolated(), Direction::kEgress, std::move(rules))));
  }
  if (auto rules = proxy_rules(cluster.proxy); !rules.empty()) {
    policies.push_back(policy(spec, "berth-proxy",
                              one_way(pods_that_are_not_isolated(), Direction::kEgress, std::move(rules))));
  }
  return policies;
}

}  // namespace berth::planning
