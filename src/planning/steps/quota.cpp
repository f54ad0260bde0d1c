#include <map>

#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

// Home, model cache and what the tenant makes within the storage.
constexpr std::string_view kMaxVolumeClaims = "16";

/// Slots by resource name: the session's own, and 0 for all else that the cluster advertises, since a quota
/// says nothing about names that it does not list. Extended resources count under "requests." only.
std::map<std::string, std::int64_t> slots_by_resource(const SessionSpec& spec) {
  std::map<std::string, std::int64_t> slots;
  for (const auto& name : spec.facts.gpu_resource_names) slots.emplace(name, 0);
  for (const auto& unit : spec.units) slots[unit.resource_name] += unit.replicas;
  return slots;
}

}  // namespace

std::vector<Object> quota_objects(const SessionSpec& spec) {
  const auto& load = spec.reservation.load;
  const auto cpu = kube_cpu(load.cpu);
  const auto memory = kube_gib(load.memory);
  const auto storage = kube_gib(load.storage);
  const auto ephemeral = kube_gib(session_ephemeral(spec));

  json::object hard{
      {"requests.cpu", cpu},
      {"limits.cpu", cpu},
      {"requests.memory", memory},
      {"limits.memory", memory},
      {"requests.ephemeral-storage", ephemeral},
      {"limits.ephemeral-storage", ephemeral},
      {"pods", std::to_string(spec.device_class.pods)},
      {"requests.storage", storage},
      {"persistentvolumeclaims", kMaxVolumeClaims},
      {"services.loadbalancers", "0"},
      {"services.nodeports", "0"},
      {"count/resourceclaims.resource.k8s.io", "0"},
  };
  if (!spec.cluster.storage_class.empty()) {
    hard.emplace(spec.cluster.storage_class + ".storageclass.storage.k8s.io/requests.storage", storage);
  }
  for (const auto& [name, slots] : slots_by_resource(spec))
    hard.emplace("requests." + name, std::to_string(slots));

  return {session_object(spec, kResourceQuotas, kQuotaName, Guard::kYes,
                         json::object{{"spec", json::object{{"hard", std::move(hard)}}}})};
}

/// Admission reads status.hard: until it equals spec.hard nothing is enforced, and nobody may enter.
Standing judge_quota(const View& view) {
  const auto* actual = view.observed.find(key_of(quota_objects(view.spec).front()));
  const auto* spec = actual == nullptr ? nullptr : find(*actual, {"spec", "hard"});
  const auto* hard = actual == nullptr ? nullptr : find(*actual, {"status", "hard"});
  const auto* used = actual == nullptr ? nullptr : find(*actual, {"status", "used"});
  // A key that no evaluator of this cluster counts is missing from `used` for ever, so `used` need only be
  // there.
  const bool enforced =
      spec != nullptr && hard != nullptr && used != nullptr && matches(*spec, *hard) && matches(*hard, *spec);
  return enforced ? done() : waiting("Waiting until the cluster enforces the quota.");
}

}  // namespace berth::planning
