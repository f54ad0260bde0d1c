#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "simcluster/controllers.hpp"

namespace berth::simcluster {
namespace {

// An address of the range kept for documentation (RFC 5737): it cannot be anybody's.
constexpr std::string_view kRouterAddress = "192.0.2.80";

/// The older of two routes is the one with the lower creation time, then uid.
bool older(const json::object& a, const json::object& b) {
  return std::pair{text(a, {"metadata", "creationTimestamp"}), uid_of(a)} <
         std::pair{text(b, {"metadata", "creationTimestamp"}), uid_of(b)};
}

/// A host belongs to the oldest route that names it, across namespaces, unless paths tell routes of one
/// namespace apart.
bool owns_host(const World& world, const json::object& route) {
  const auto host = text(route, {"spec", "host"});
  for (const auto& other : world.store().list("routes.route.openshift.io")) {
    if (uid_of(*other) == uid_of(route) || deleting(*other) || text(*other, {"spec", "host"}) != host)
      continue;
    const bool same_path = text(*other, {"spec", "path"}) == text(route, {"spec", "path"});
    const bool same_namespace = namespace_of(*other) == namespace_of(route);
    if ((same_path || !same_namespace) && older(*other, route)) return false;
  }
  return true;
}

void admit_route(World& world, const std::string& ns, const ObjectPtr& route) {
  const Key key{"routes.route.openshift.io", ns, name_of(*route)};
  auto fresh = *route;
  auto host = text(fresh, {"spec", "host"});
  if (host.empty()) {
    host = fmt::format("{}-{}.{}", name_of(*route), ns, world.settings().apps_domain);
    child(fresh, {"spec"})["host"] = host;
  }
  const bool admitted = owns_host(world, fresh);
  for (const auto& ingress : items(fresh, {"status", "ingress"})) {
    if (string_at(ingress, {"host"}) != host) continue;
    if (!ingress.is_object()) continue;
    for (const auto& one : items(ingress.get_object(), {"conditions"})) {
      const bool says = string_at(one, {"status"}) == "True";
      if (string_at(one, {"type"}) == "Admitted" && says == admitted) return;
    }
  }
  json::object condition{{"type", "Admitted"},
                         {"status", admitted ? "True" : "False"},
                         {"lastTransitionTime", world.timestamp()}};
  if (!admitted) {
    condition["reason"] = "HostAlreadyClaimed";
    condition["message"] = "an older route has the host " + host;
  }
  child(fresh, {"status"})["ingress"] =
      json::array{json::object{{"host", host},
                               {"routerName", "default"},
                               {"routerCanonicalHostname", "router-default." + world.settings().apps_domain},
                               {"wildcardPolicy", "None"},
                               {"conditions", json::array{std::move(condition)}}}};
  world.put(key, std::move(fresh));
}

void give_address(World& world, const Key& key, const ObjectPtr& object) {
  if (!items(*object, {"status", "loadBalancer", "ingress"}).empty()) return;
  auto fresh = *object;
  child(fresh, {"status", "loadBalancer"})["ingress"] = json::array{json::object{{"ip", kRouterAddress}}};
  world.put(key, std::move(fresh));
}

}  // namespace

void run_endpoints(World& world, const std::string& ns) {
  const auto due = [&](const ObjectPtr& object) {
    return !deleting(*object) &&
           world.waited(uid_of(*object), "endpoint", world.settings().delays.endpoint, ns);
  };
  for (const auto& route : world.store().list("routes.route.openshift.io", ns)) {
    if (due(route)) admit_route(world, ns, route);
  }
  for (const auto& ingress : world.store().list("ingresses.networking.k8s.io", ns)) {
    if (due(ingress)) give_address(world, {"ingresses.networking.k8s.io", ns, name_of(*ingress)}, ingress);
  }
  for (const auto& service : world.store().list("services", ns)) {
    if (text(*service, {"spec", "type"}) == "LoadBalancer" && due(service)) {
      give_address(world, {"services", ns, name_of(*service)}, service);
    }
  }
}

}  // namespace berth::simcluster
