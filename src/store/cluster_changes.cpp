#include "store/cluster_changes.hpp"

#include <fmt/format.h>

#include <string_view>

#include "poolfile/poolfile.hpp"
#include "store/differences.hpp"

namespace berth::store {
namespace {

/// A fact that a session's objects are made of for good: a claim's storage class and a binding's role cannot
/// be changed, and what one flavour makes the other neither looks at nor takes away.
struct Fixed {
  std::string_view field;
  std::string_view (*of)(const model::Cluster&);
};
constexpr Fixed kFixedUnderSessions[] = {
    {"flavour", [](const model::Cluster& cluster) { return model::to_string(cluster.flavour); }},
    {"storage_class", [](const model::Cluster& cluster) { return std::string_view(cluster.storage_class); }},
    {"scc", [](const model::Cluster& cluster) { return std::string_view(cluster.scc); }},
};

}  // namespace

std::vector<std::string> describe_changes(const model::Cluster& before, const model::Cluster& after) {
  const auto whole = [](const model::Cluster& cluster) {
    auto document = poolfile::to_json(cluster);
    // Which are left out where there is none.
    document["api_url"] = cluster.api_url;
    document["api_authority"] = cluster.api_authority;
    document["portal_url"] = cluster.portal_url;
    document.emplace("dcgm_exporter", nullptr);
    return document;
  };
  Differences differences;
  differences.objects(fmt::format("cluster {}", after.name), "", whole(before), whole(after));
  return differences.take();
}

std::vector<std::string> find_conflicts(const model::Cluster& before, const model::Cluster& after,
                                        std::int64_t with_sessions) {
  std::vector<std::string> conflicts;
  if (with_sessions == 0) return conflicts;
  for (const auto& fixed : kFixedUnderSessions) {
    const auto was = fixed.of(before);
    const auto is = fixed.of(after);
    if (was == is) continue;
    conflicts.push_back(fmt::format(
        "{} of cluster {} cannot change from \"{}\" to \"{}\" while {} {} a session that is not Gone.",
        fixed.field, after.name, was, is,
        with_sessions == 1 ? "1 reservation" : fmt::format("{} reservations", with_sessions),
        with_sessions == 1 ? "has" : "have"));
  }
  return conflicts;
}

}  // namespace berth::store
