#include "simcluster/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::simcluster {
namespace {

constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

struct Group {
  std::string name;
  std::vector<std::string> versions;  // preferred first
};

std::vector<Group> groups_of(const World& world) {
  std::vector<Group> out;
  for (const auto& type : world.table().all()) {
    auto group = std::ranges::find(out, type.group, &Group::name);
    if (group == out.end()) group = out.insert(out.end(), {type.group, {}});
    if (std::ranges::find(group->versions, type.version) == group->versions.end())
      group->versions.push_back(type.version);
  }
  // Served without objects of their own.
  out.push_back({"authorization.k8s.io", {"v1"}});
  return out;
}

json::array verbs_of() {
  return {"create", "delete", "get", "list", "patch", "update", "watch"};
}

json::array status_verbs() {
  return {"get", "patch", "update"};
}

json::array strings(const std::vector<std::string>& words) {
  return json::array(words.begin(), words.end());
}

constexpr std::array<std::string_view, 3> kReviews{"SubjectAccessReview", "SelfSubjectAccessReview",
                                                   "LocalSubjectAccessReview"};

std::string plural_of_review(std::string_view kind) {
  std::string out;
  for (const char c : kind) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out + "s";
}

json::object kind_object(std::string_view group, std::string_view version, std::string_view kind) {
  return {{"group", group}, {"version", version}, {"kind", kind}};
}

json::object aggregated_resource(const ResourceType& type) {
  json::object out{{"resource", type.plural},
                   {"responseKind", kind_object(type.group, type.version, type.kind)},
                   {"scope", type.namespaced ? "Namespaced" : "Cluster"},
                   {"singularResource", type.singular},
                   {"verbs", verbs_of()}};
  if (!type.short_names.empty()) out["shortNames"] = strings(type.short_names);
  if (type.has_status) {
    out["subresources"] =
        json::array{json::object{{"subresource", "status"},
                                 {"responseKind", kind_object(type.group, type.version, type.kind)},
                                 {"verbs", status_verbs()}}};
  }
  return out;
}

json::array aggregated_resources(const World& world, std::string_view group, std::string_view version) {
  json::array out;
  for (const auto& type : world.table().all()) {
    if (type.group == group && type.version == version) out.push_back(aggregated_resource(type));
  }
  if (group == "authorization.k8s.io") {
    for (const auto kind : kReviews) {
      out.push_back(json::object{{"resource", plural_of_review(kind)},
                                 {"responseKind", kind_object(group, version, kind)},
                                 {"scope", kind == "LocalSubjectAccessReview" ? "Namespaced" : "Cluster"},
                                 {"singularResource", ""},
                                 {"verbs", json::array{"create"}}});
    }
  }
  return out;
}

json::object aggregated(const World& world, bool core) {
  json::array entries;
  for (const auto& group : groups_of(world)) {
    if (group.name.empty() != core) continue;
    json::array versions;
    for (const auto& version : group.versions) {
      versions.push_back(json::object{{"version", version},
                                      {"resources", aggregated_resources(world, group.name, version)},
                                      {"freshness", "Current"}});
    }
    entries.push_back(
        json::object{{"metadata", json::object{{"name", group.name}, {"creationTimestamp", nullptr}}},
                     {"versions", std::move(versions)}});
  }
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/v2"},
          {"metadata", json::object{}},
          {"items", std::move(entries)}};
}

json::object group_object(const Group& group) {
  json::array versions;
  for (const auto& version : group.versions) {
    versions.push_back(json::object{{"groupVersion", group.name + "/" + version}, {"version", version}});
  }
  const json::value preferred = versions.front();
  return {{"name", group.name}, {"versions", std::move(versions)}, {"preferredVersion", preferred}};
}

json::object group_list(const World& world) {
  json::array groups;
  for (const auto& group : groups_of(world)) {
    if (!group.name.empty()) groups.push_back(group_object(group));
  }
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

json::object resource_list(const World& world, std::string_view group, std::string_view version) {
  json::array resources;
  for (const auto& type : world.table().all()) {
    if (type.group != group || type.version != version) continue;
    json::object one{{"name", type.plural},
                     {"singularName", type.singular},
                     {"namespaced", type.namespaced},
                     {"kind", type.kind},
                     {"verbs", verbs_of()}};
    if (!type.short_names.empty()) one["shortNames"] = strings(type.short_names);
    resources.push_back(std::move(one));
    if (type.has_status) {
      resources.push_back(json::object{{"name", type.plural + "/status"},
                                       {"singularName", ""},
                                       {"namespaced", type.namespaced},
                                       {"kind", type.kind},
                                       {"verbs", status_verbs()}});
    }
  }
  if (group == "authorization.k8s.io") {
    for (const auto kind : kReviews) {
      resources.push_back(json::object{{"name", plural_of_review(kind)},
                                       {"singularName", ""},
                                       {"namespaced", kind == "LocalSubjectAccessReview"},
                                       {"kind", kind},
                                       {"verbs", json::array{"create"}}});
    }
  }
  const auto group_version = group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", group_version},
          {"resources", std::move(resources)}};
}

ApiAnswer json_answer(const json::object& body) {
  ApiAnswer out;
  out.body = json::serialize(body);
  return out;
}

ApiAnswer text_answer(std::string text) {
  ApiAnswer out;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(text);
  return out;
}

/// Whoever has the simulation's token may do everything.
ApiAnswer review(const ApiRequest& request) {
  auto body = parse_json(request.body);
  if (!body || !body->is_object()) return answer(bad_request("the body must be an access review object"));
  auto& object = body->get_object();
  object["status"] = json::object{{"allowed", true}, {"reason", "the simulated cluster allows everything"}};
  ApiAnswer out;
  out.status = 201;
  out.body = json::serialize(*body);
  return out;
}

}  // namespace

ApiAnswer discover(const World& world, const ApiRequest& request) {
  std::string_view path = request.path;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (request.method == "POST" && path.starts_with("/apis/authorization.k8s.io/v1/") &&
      path.ends_with("accessreviews")) {
    return review(request);
  }
  if (request.method != "GET") return answer(no_such_path());
  if (path == "/healthz" || path == "/readyz" || path == "/livez") return text_answer("ok");
  if (path == "/version") {
    return json_answer({{"major", "1"},
                        {"minor", "34"},
                        {"gitVersion", "v1.34.4+simulated"},
                        {"gitCommit", "simulated"},
                        {"gitTreeState", "clean"},
                        {"platform", "linux/amd64"}});
  }
  const bool wants_aggregated = request.accept.find(kAggregated) != std::string::npos;
  if (path == "/api" || path == "/apis") {
    if (wants_aggregated) {
      auto out = json_answer(aggregated(world, path == "/api"));
      out.content_type = kAggregated;
      return out;
    }
    if (path == "/apis") return json_answer(group_list(world));
    return json_answer({{"kind", "APIVersions"}, {"versions", json::array{"v1"}}});
  }
  if (path == "/api/v1") return json_answer(resource_list(world, "", "v1"));
  for (const auto& group : groups_of(world)) {
    if (group.name.empty()) continue;
    if (path == "/apis/" + group.name) {
      auto out = group_object(group);
      out["kind"] = "APIGroup";
      out["apiVersion"] = "v1";
      return json_answer(out);
    }
    for (const auto& version : group.versions) {
      if (path == fmt::format("/apis/{}/{}", group.name, version))
        return json_answer(resource_list(world, group.name, version));
    }
  }
  return answer(no_such_path());
}

}  // namespace berth::simcluster
