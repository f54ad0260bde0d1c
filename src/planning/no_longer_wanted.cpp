// Guard objects that today's cluster and version of Berth want no longer. A rule that allows something is not
// over when nobody asks for it: it has to be taken away. The reconciler has no right to delete what is in a
// namespace, and needs none: an object that allows nothing is as good as none.
#include <algorithm>
#include <utility>

#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

/// As it stands, where nothing else would do: an owner of a field that cannot change.
json::value part_of(const json::value& object, std::initializer_list<std::string_view> path) {
  const auto* part = find(object, path);
  return part == nullptr ? json::value(nullptr) : *part;
}

std::optional<Object> emptied(const SessionSpec& spec, const ObservedKey& key, const json::value& object) {
  if (key.plural == kNetworkPolicies.plural) {
    json::object rules{{"podSelector", part_of(object, {"spec", "podSelector"})},
                       {"policyTypes", part_of(object, {"spec", "policyTypes"})},
                       {"ingress", json::array{}},
                       {"egress", json::array{}}};
    return session_object(spec, kNetworkPolicies, key.name, Guard::kYes,
                          json::object{{"spec", std::move(rules)}});
  }
  if (key.plural == kRoleBindings.plural) {
    json::object nobody{{"roleRef", part_of(object, {"roleRef"})}, {"subjects", json::array{}}};
    return session_object(spec, kRoleBindings, key.name, Guard::kYes, std::move(nobody));
  }
  return std::nullopt;
}

}  // namespace

std::vector<Object> no_longer_wanted(const std::vector<Object>& wanted, const SessionSpec& spec,
                                     const Observed& observed) {
  std::vector<Object> out;
  for (const auto& [key, object] : observed.objects) {
    if (key.namespace_name != spec.session.namespace_name || terminating(*object)) continue;
    if (find(*object, {"metadata", "labels", kGuardLabel}) == nullptr) continue;
    const bool is_wanted =
        std::any_of(wanted.begin(), wanted.end(), [&](const Object& one) { return key_of(one) == key; });
    if (is_wanted) continue;
    auto empty = emptied(spec, key, *object);
    // What lets something more than nothing does not match.
    if (empty && !matches(empty->body, *object)) out.push_back(std::move(*empty));
  }
  return out;
}

}  // namespace berth::planning
