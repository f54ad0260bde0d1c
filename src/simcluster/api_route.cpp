#include "simcluster/api.hpp"

namespace berth::simcluster {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  return out;
}

bool is_true(std::optional<std::string_view> value) {
  return value && (*value == "true" || *value == "1" || value->empty());
}

Outcome<std::string> verb_of(const ApiRequest& request, bool one) {
  if (request.method == "GET") {
    if (is_true(request.value("watch"))) return std::string("watch");
    return std::string(one ? "get" : "list");
  }
  if (request.method == "POST" && !one) return std::string("create");
  if (request.method == "PUT" && one) return std::string("update");
  if (request.method == "PATCH" && one) {
    return std::string(request.content_type.starts_with("application/apply-patch+") ? "apply" : "patch");
  }
  if (request.method == "DELETE" && one) return std::string("delete");
  return refuse(method_not_allowed());
}

}  // namespace

std::optional<std::string_view> ApiRequest::value(std::string_view name) const {
  for (const auto& [key, text] : query) {
    if (key == name) return text;
  }
  return std::nullopt;
}

Outcome<std::optional<Route>> route_of(const World& world, const ApiRequest& request) {
  const auto parts = segments_of(request.path);
  std::size_t at = 0;
  std::string_view group;
  if (parts.size() >= 3 && parts[0] == "api") {
    at = 1;
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    group = parts[1];
    at = 2;
  } else {
    return std::nullopt;
  }
  const auto version = parts[at++];
  Route route;
  // "namespaces/x/pods" is pods in x; "namespaces/x", and "namespaces/x/status", are the namespace itself.
  if (parts[at] == "namespaces" && parts.size() > at + 2 &&
      world.table().find(group, version, parts[at + 2]) != nullptr) {
    route.ns = parts[at + 1];
    at += 2;
  }
  const auto plural = parts[at++];
  route.type = world.table().find(group, version, plural);
  if (route.type == nullptr) return refuse(no_such_path());
  if (!route.ns.empty() && !route.type->namespaced) return refuse(no_such_path());
  if (at < parts.size()) route.name = parts[at++];
  if (at < parts.size()) route.subresource = parts[at++];
  if (at < parts.size()) return refuse(no_such_path());
  if (!route.name.empty() && route.type->namespaced && route.ns.empty()) return refuse(no_such_path());
  if (route.subresource == "token" && route.type->storage == "serviceaccounts") {
    if (request.method != "POST") return refuse(method_not_allowed());
    route.verb = "create";
    return route;
  }
  if (!route.subresource.empty()) {
    if (route.subresource != "status" || !route.type->has_status) return refuse(no_such_path());
  }
  auto verb = verb_of(request, !route.name.empty());
  if (!verb) return refuse(std::move(verb.error()));
  route.verb = *verb;
  if (route.verb == "create" && route.type->namespaced && route.ns.empty())
    return refuse(method_not_allowed());
  return route;
}

}  // namespace berth::simcluster
