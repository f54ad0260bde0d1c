#include "kube/discovery.hpp"

#include <algorithm>

namespace berth::kube {

namespace {

const json::array* array_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  return value != nullptr ? value->if_array() : nullptr;
}

ServedResource read_resource(std::string_view group, std::string_view version, const json::value& from) {
  ServedResource served{.resource = {.group = std::string(group),
                                     .version = std::string(version),
                                     .plural = string_at(from, {"resource"}),
                                     .kind = string_at(from, {"responseKind", "kind"}),
                                     .namespaced = string_at(from, {"scope"}) == "Namespaced"},
                        .subresources = {}};
  if (const auto* subresources = array_at(from, {"subresources"})) {
    for (const auto& subresource : *subresources) {
      served.subresources.push_back(string_at(subresource, {"subresource"}));
    }
  }
  return served;
}

}  // namespace

bool Discovery::serves(const Resource& resource) const {
  return std::ranges::any_of(served, [&](const ServedResource& one) {
    return one.resource.group == resource.group && one.resource.version == resource.version &&
           one.resource.plural == resource.plural;
  });
}

std::optional<Resource> Discovery::find(std::string_view group, std::string_view plural) const {
  const auto found = std::ranges::find_if(served, [&](const ServedResource& one) {
    return one.resource.group == group && one.resource.plural == plural;
  });
  if (found == served.end()) return std::nullopt;
  return found->resource;
}

Status read_discovery(const json::value& document, Discovery& discovery) {
  const auto* groups = array_at(document, {"items"});
  if (string_at(document, {"kind"}) != "APIGroupDiscoveryList" || groups == nullptr) {
    return fail(Code::kMalformed,
                "the answer is no APIGroupDiscoveryList: is the server older than Kubernetes 1.30?");
  }
  for (const auto& group : *groups) {
    const auto name = string_at(group, {"metadata", "name"});
    const auto* versions = array_at(group, {"versions"});
    if (versions == nullptr) continue;
    for (const auto& version : *versions) {
      if (string_at(version, {"freshness"}) == "Stale" &&
          std::ranges::find(discovery.stale_groups, name) == discovery.stale_groups.end()) {
        discovery.stale_groups.push_back(name);
      }
      const auto* resources = array_at(version, {"resources"});
      if (resources == nullptr) continue;
      for (const auto& resource : *resources) {
        discovery.served.push_back(read_resource(name, string_at(version, {"version"}), resource));
      }
    }
  }
  return {};
}

}  // namespace berth::kube
