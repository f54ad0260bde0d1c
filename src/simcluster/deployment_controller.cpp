#include <fmt/format.h>

#include <algorithm>

#include "simcluster/controllers.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kManager = "kube-controller-manager";
constexpr std::string_view kHashLabel = "pod-template-hash";
constexpr std::string_view kRevision = "deployment.kubernetes.io/revision";

/// Stable over runs: FNV-1a of the template, in the letters that Kubernetes uses for such hashes.
std::string hash_of(const json::value& pod_template) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : json::serialize(pod_template))
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string out;
  for (int i = 0; i < 10; ++i) {
    out += kAlphabet[hash % kAlphabet.size()];
    hash /= kAlphabet.size();
  }
  return out;
}

std::vector<ObjectPtr> owned(const World& world, std::string_view storage, const std::string& ns,
                             const json::object& owner) {
  auto all = world.store().list(storage, ns);
  std::erase_if(all, [&](const ObjectPtr& object) { return !owned_by(*object, uid_of(owner)); });
  return all;
}

bool is_ready(const json::object& pod) {
  const auto* ready = condition(pod, "Ready");
  return ready != nullptr && text(*ready, {"status"}) == "True";
}

bool is_finished(const json::object& pod) {
  const auto phase = text(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

void set_replicas(World& world, const json::object& set, std::int64_t replicas) {
  if (number(set, {"spec", "replicas"}, 1) == replicas) return;
  auto fresh = set;
  child(fresh, {"spec"})["replicas"] = replicas;
  child(fresh, {"metadata"})["generation"] = number(set, {"metadata", "generation"}, 0) + 1;
  world.put({"replicasets.apps", namespace_of(set), name_of(set)}, std::move(fresh));
}

json::object new_replica_set(const json::object& deployment, const std::string& hash, std::size_t revision) {
  const json::value labels_and_hash = [&] {
    const auto* labels = find(deployment, {"spec", "template", "metadata", "labels"});
    json::object out = labels == nullptr ? json::object{} : labels->get_object();
    out[kHashLabel] = hash;
    return json::value(out);
  }();
  json::object spec{{"replicas", 0},
                    {"selector", deployment.at("spec").at("selector")},
                    {"template", deployment.at("spec").at("template")}};
  child(spec, {"selector", "matchLabels"})[kHashLabel] = hash;
  child(spec, {"template", "metadata"})["labels"] = labels_and_hash;
  return {{"metadata", json::object{{"name", fmt::format("{}-{}", name_of(deployment), hash)},
                                    {"labels", labels_and_hash},
                                    {"annotations", json::object{{kRevision, std::to_string(revision)}}},
                                    {"ownerReferences", json::array{owner_reference(deployment, true)}}}},
          {"spec", std::move(spec)}};
}

struct Counts {
  std::int64_t total = 0;
  std::int64_t ready = 0;
};

Counts counts_of(const std::vector<ObjectPtr>& sets) {
  Counts out;
  for (const auto& set : sets) {
    out.total += number(*set, {"status", "replicas"}, 0);
    out.ready += number(*set, {"status", "readyReplicas"}, 0);
  }
  return out;
}

void write_deployment_status(World& world, const json::object& deployment, const std::vector<ObjectPtr>& sets,
                             const ObjectPtr& current) {
  auto fresh = deployment;
  auto& status = child(fresh, {"status"});
  const auto wanted = number(deployment, {"spec", "replicas"}, 1);
  const auto all = counts_of(sets);
  const auto updated = current == nullptr ? 0 : number(*current, {"status", "replicas"}, 0);
  const auto put_count = [&](std::string_view name, std::int64_t count) {
    if (count > 0) {
      status[name] = count;
    } else {
      status.erase(name);
    }
  };
  status["observedGeneration"] = number(deployment, {"metadata", "generation"}, 1);
  put_count("replicas", all.total);
  put_count("updatedReplicas", updated);
  put_count("readyReplicas", all.ready);
  put_count("availableReplicas", all.ready);
  put_count("unavailableReplicas", std::max<std::int64_t>(0, wanted - all.ready));
  const auto now = world.timestamp();
  const bool available = all.ready >= wanted;
  set_condition(
      fresh,
      {"Available", available, available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
       available ? "Deployment has minimum availability." : "Deployment does not have minimum availability."},
      now);
  const bool complete = available && updated >= wanted && all.total == updated;
  const auto set_name = current == nullptr ? std::string() : name_of(*current);
  set_condition(fresh,
                {"Progressing", true, complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                 complete ? fmt::format("ReplicaSet \"{}\" has successfully progressed.", set_name)
                          : fmt::format("ReplicaSet \"{}\" is progressing.", set_name)},
                now);
  const auto* failure = current == nullptr ? nullptr : condition(*current, "ReplicaFailure");
  auto& conditions = child(fresh, {"status"})["conditions"].get_array();
  if (failure != nullptr) {
    set_condition(fresh, {"ReplicaFailure", true, text(*failure, {"reason"}), text(*failure, {"message"})},
                  now);
  } else {
    json::array rest;
    for (auto& one : conditions) {
      if (string_at(one, {"type"}) != "ReplicaFailure") rest.push_back(one);
    }
    conditions = std::move(rest);
  }
  world.put({"deployments.apps", namespace_of(deployment), name_of(deployment)}, std::move(fresh));
}

void run_deployment(World& world, const std::string& ns, const ObjectPtr& deployment) {
  if (!world.waited(uid_of(*deployment), "deployment", world.settings().delays.deployment, ns)) return;
  const auto hash = hash_of(deployment->at("spec").at("template"));
  const auto current_name = fmt::format("{}-{}", name_of(*deployment), hash);
  auto sets = owned(world, "replicasets.apps", ns, *deployment);
  if (!world.store().contains({"replicasets.apps", ns, current_name})) {
    const auto made = create_object(world, *world.table().by_kind("apps/v1", "ReplicaSet"), ns,
                                    new_replica_set(*deployment, hash, sets.size() + 1),
                                    {.manager = std::string(kManager)});
    if (!made) {
      world.log().warning("deployment controller", {{"namespace", ns}, {"error", made.error().message}});
      return;
    }
    sets = owned(world, "replicasets.apps", ns, *deployment);
  }
  const auto current = world.store().get({"replicasets.apps", ns, current_name});
  const auto wanted = number(*deployment, {"spec", "replicas"}, 1);
  const bool recreate = text(*deployment, {"spec", "strategy", "type"}) == "Recreate";
  bool others_gone = true;
  for (const auto& set : sets) {
    if (name_of(*set) == current_name) continue;
    if (number(*set, {"status", "replicas"}, 0) > 0) others_gone = false;
    // Recreate stops the old ones first; a rolling update keeps them until the new ones serve.
    if (recreate || number(*current, {"status", "readyReplicas"}, 0) >= wanted) set_replicas(world, *set, 0);
  }
  if (!recreate || others_gone) set_replicas(world, *current, wanted);
  write_deployment_status(world, *world.store().get({"deployments.apps", ns, name_of(*deployment)}),
                          owned(world, "replicasets.apps", ns, *deployment),
                          world.store().get({"replicasets.apps", ns, current_name}));
}

/// Makes one pod; what admission said against it.
std::string make_pod(World& world, const std::string& ns, const json::object& set) {
  json::object pod;
  if (const auto* metadata = find(set, {"spec", "template", "metadata"})) pod["metadata"] = *metadata;
  pod["spec"] = set.at("spec").at("template").at("spec");
  auto& metadata = child(pod, {"metadata"});
  metadata.erase("creationTimestamp");
  metadata["generateName"] = name_of(set) + "-";
  metadata["ownerReferences"] = json::array{owner_reference(set, true)};
  const auto made = create_object(world, *world.table().by_kind("v1", "Pod"), ns, std::move(pod),
                                  {.manager = std::string(kManager)});
  return made ? std::string() : made.error().message;
}

void write_set_status(World& world, const json::object& set, const std::vector<ObjectPtr>& pods,
                      const std::string& problem) {
  auto fresh = set;
  auto& status = child(fresh, {"status"});
  const auto ready =
      std::ranges::count_if(pods, [](const ObjectPtr& pod) { return !deleting(*pod) && is_ready(*pod); });
  status["replicas"] = pods.size();
  status["observedGeneration"] = number(set, {"metadata", "generation"}, 1);
  for (const auto* name : {"fullyLabeledReplicas", "readyReplicas", "availableReplicas"}) status.erase(name);
  if (!pods.empty()) status["fullyLabeledReplicas"] = pods.size();
  if (ready > 0) status["readyReplicas"] = ready;
  if (ready > 0) status["availableReplicas"] = ready;
  if (problem.empty()) {
    status.erase("conditions");
  } else {
    set_condition(fresh, {"ReplicaFailure", true, "FailedCreate", problem}, world.timestamp());
  }
  world.put({"replicasets.apps", namespace_of(set), name_of(set)}, std::move(fresh));
}

void run_replica_set(World& world, const std::string& ns, const ObjectPtr& set) {
  auto pods = owned(world, "pods", ns, *set);
  std::erase_if(pods, [](const ObjectPtr& pod) { return is_finished(*pod); });
  const auto living = std::ranges::count_if(pods, [](const ObjectPtr& pod) { return !deleting(*pod); });
  const auto wanted = number(*set, {"spec", "replicas"}, 1);
  const auto uid = uid_of(*set);
  std::string problem;
  if (const auto* failure = condition(*set, "ReplicaFailure")) problem = text(*failure, {"message"});

  if (living < wanted &&
      !world.waited(uid, "retry", problem.empty() ? Delays::ms{0} : world.settings().delays.retry, ns)) {
    return;
  }
  world.forget_wait(uid, "retry");
  problem.clear();
  for (auto missing = wanted - living; missing > 0 && problem.empty(); --missing)
    problem = make_pod(world, ns, *set);
  if (!problem.empty()) world.waited(uid, "retry", world.settings().delays.retry, ns);
  auto surplus = living - wanted;
  for (const auto& pod : pods) {
    if (surplus <= 0) break;
    if (deleting(*pod)) continue;
    const auto removed =
        remove_object(world, *world.table().by_kind("v1", "Pod"), {"pods", ns, name_of(*pod)}, {});
    if (removed) --surplus;
  }
  auto after = owned(world, "pods", ns, *set);
  std::erase_if(after, [](const ObjectPtr& pod) { return is_finished(*pod) || deleting(*pod); });
  write_set_status(world, *world.store().get({"replicasets.apps", ns, name_of(*set)}), after, problem);
}

/// Nothing new can be made there.
bool is_ending(const World& world, const std::string& ns) {
  const auto object = world.store().get({"namespaces", "", ns});
  return object == nullptr || deleting(*object);
}

}  // namespace

void run_deployments(World& world, const std::string& ns) {
  if (is_ending(world, ns)) return;
  for (const auto& deployment : world.store().list("deployments.apps", ns)) {
    if (!deleting(*deployment)) run_deployment(world, ns, deployment);
  }
}

void run_replica_sets(World& world, const std::string& ns) {
  if (is_ending(world, ns)) return;
  for (const auto& set : world.store().list("replicasets.apps", ns)) {
    if (!deleting(*set)) run_replica_set(world, ns, set);
  }
}

}  // namespace berth::simcluster
