#include <fmt/format.h>

#include <array>
#include <map>

#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

struct Count {
  std::string_view resource;  // as quotas name it: "<plural>.<group>", the plural alone in the core group
  int most;
};

/// How many objects of a kind a session may have: of each kind that its tenant can make, and of those that
/// the cluster's controllers make out of the tenant's at the tenant's size (a ReplicaSet or a
/// ControllerRevision is a copy of its template, an EndpointSlice has the labels of its Service).
///
/// An object is at most about 1 MiB in etcd, which stops for the whole cluster at 2 GiB unless it is given
/// more. All counts together, with the pods of a class by default, stay below 512, so one session can fill a
/// quarter of it (0022). Events are not here: the API server counts them in no quota, so tenants make none.
constexpr std::array<Count, 21> kCounts{{
    {"configmaps", 40},
    {"secrets", 48},  // Helm keeps ten a release, OpenShift two an account
    {"services", 24},
    {"serviceaccounts", 12},
    {"persistentvolumeclaims", 16},  // home, model cache and what the tenant makes within the storage
    {"endpoints", 24},
    {"deployments.apps", 24},
    {"replicasets.apps", 40},
    {"statefulsets.apps", 12},
    {"controllerrevisions.apps", 20},
    {"jobs.batch", 40},
    {"cronjobs.batch", 8},
    {"horizontalpodautoscalers.autoscaling", 8},
    {"poddisruptionbudgets.policy", 0},  // they hold up drains of the node: an admin's (0033)
    {"ingresses.networking.k8s.io", 12},
    {"networkpolicies.networking.k8s.io", 16},
    {"roles.rbac.authorization.k8s.io", 12},
    {"rolebindings.rbac.authorization.k8s.io", 16},
    {"leases.coordination.k8s.io", 12},
    {"endpointslices.discovery.k8s.io", 40},
    {"resourceclaims.resource.k8s.io", 0},
}};
constexpr Count kRouteCount{"routes.route.openshift.io", 12};

// Finished pods stay until somebody deletes them, and "pods" counts the others only.
constexpr int kFinishedPods = 24;

void add_counts(const SessionSpec& spec, json::object& hard) {
  const auto add = [&](std::string_view resource, int most) {
    hard.emplace(fmt::format("count/{}", resource), std::to_string(most));
  };
  add("pods", spec.device_class.pods + kFinishedPods);
  for (const auto& count : kCounts) add(count.resource, count.most);
  if (spec.cluster.flavour == model::Flavour::kOpenshift) add(kRouteCount.resource, kRouteCount.most);
}

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
      {"services.loadbalancers", "0"},
      {"services.nodeports", "0"},
  };
  add_counts(spec, hard);
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
