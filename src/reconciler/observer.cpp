#include "reconciler/observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reconciler/pod_digest.hpp"

namespace berth::reconciler {
namespace {

using Steady = std::chrono::steady_clock;

/// After this long the watch has surely caught up, or is broken and will list again.
constexpr std::chrono::seconds kWrittenStandsIn{10};

std::set<manifests::Kind> kinds_to_watch(const kube::Discovery& discovery) {
  std::set<manifests::Kind> kinds;
  for (const auto flavour : {model::Flavour::kKubernetes, model::Flavour::kOpenshift}) {
    for (auto& kind : manifests::session_kinds(flavour)) {
      if (discovery.serves(resource_of(kind))) kinds.insert(std::move(kind));
    }
  }
  return kinds;
}

std::string mutating_version(const kube::Discovery& discovery) {
  for (const auto* version : {"v1", "v1beta1"}) {
    if (discovery.serves(kube::resources::mutating_admission_policies(version))) return version;
  }
  return {};
}

}  // namespace

kube::Resource resource_of(const manifests::Kind& kind) {
  return {kind.group, kind.version, kind.plural, kind.kind, kind.namespaced};
}

struct Observer::Watched {
  Watched(const kube::ClientFactory& factory, kube::InformerSettings settings, kube::OnChange on_change, const Log& log)
      : plural(settings.resource.plural), informer(factory, std::move(settings), std::move(on_change), log) {}

  std::string plural;
  kube::Informer informer;
};

struct Observer::Written {
  std::shared_ptr<const json::value> object;
  std::string version_before;   // what the watch had when we wrote; empty: nothing
  Steady::time_point at;
};

/// Pods by namespace and name, digested once per change instead of once per cycle.
struct Observer::PodCache {
  std::mutex mutex;
  std::map<kube::ObjectKey, planning::PodSeen> seen;
};

Observer::Observer(const kube::ClientFactory& factory, std::string installation, const kube::Discovery& discovery,
                   std::function<void()> on_change, const Log& log)
    : installation_(std::move(installation)),
      mutating_policy_version_(mutating_version(discovery)),
      on_change_(std::move(on_change)),
      pods_(std::make_unique<PodCache>()) {
  const auto watch = [&](const kube::Resource& resource, std::string selector, kube::OnChange on_event) {
    kube::InformerSettings settings;
    settings.resource = resource;
    settings.label_selector = std::move(selector);
    watched_.push_back(std::make_unique<Watched>(factory, std::move(settings), std::move(on_event), log));
  };
  const auto tell = [this](const kube::ObjectPtr&, const kube::ObjectPtr&) { on_change_(); };

  const auto ours = fmt::format("{}={}", manifests::kInstallationLabel, installation_);
  for (const auto& kind : kinds_to_watch(discovery)) watch(resource_of(kind), ours, tell);
  const auto shared = fmt::format("{}=berth,!{}", manifests::kManagedByLabel, manifests::kInstallationLabel);
  std::set<manifests::Kind> shared_kinds;
  for (const auto& object : manifests::cluster_objects({{}, mutating_policy_version_, false})) {
    shared_kinds.insert(object.kind);
  }
  for (const auto& kind : shared_kinds) watch(resource_of(kind), shared, tell);
  watch(kube::resources::nodes(), "", tell);
  watch(kube::resources::pods(), "", [this](const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
    const auto& any = after ? after : before;
    auto digest = digest_pod(*any);
    const bool matters = digest.workspace || !digest.gpus.empty();
    {
      const std::lock_guard lock(pods_->mutex);
      if (after && matters) {
        pods_->seen[kube::key_of(*any)] = std::move(digest);
      } else {
        pods_->seen.erase(kube::key_of(*any));
      }
    }
    if (matters) on_change_();
  });
}

Observer::~Observer() {
  // Ask all to stop before waiting for each: their silent streams end side by side.
  for (auto& watched : watched_) watched->informer.stop();
}

bool Observer::wait_synced(std::chrono::milliseconds patience) const {
  const auto until = Steady::now() + patience;
  return std::all_of(watched_.begin(), watched_.end(), [&](const auto& watched) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
    return watched->informer.wait_synced(std::max(left, std::chrono::milliseconds(0)));
  });
}

std::map<planning::ObjectKey, std::shared_ptr<const json::value>> Observer::objects_now() const {
  std::map<planning::ObjectKey, std::shared_ptr<const json::value>> objects;
  for (const auto& watched : watched_) {
    if (watched->plural == "pods" || watched->plural == "nodes") continue;
    for (const auto& [key, object] : watched->informer.snapshot()) {
      objects[{watched->plural, key.ns, key.name}] = object;
    }
  }
  return objects;
}

void Observer::note_written(const manifests::Kind& kind, const json::value& object) {
  const planning::ObjectKey key{kind.plural, kube::namespace_of(object), kube::name_of(object)};
  std::string before;
  for (const auto& watched : watched_) {
    if (watched->plural != kind.plural) continue;
    const auto current = watched->informer.find({key.namespace_name, key.name});
    if (!current) continue;
    before = kube::resource_version_of(*current);
    // The watch was faster than the answer to our own write.
    if (before == kube::resource_version_of(object)) return;
  }
  const std::lock_guard lock(mutex_);
  written_[key] = Written{std::make_shared<const json::value>(object), before, Steady::now()};
}

Result<planning::Observed> Observer::observe() const {
  for (const auto& watched : watched_) {
    if (watched->informer.synced()) continue;
    const auto trouble = watched->informer.trouble();
    return fail(Code::kUnavailable, fmt::format("the cluster's {} have not been listed yet{}{}", watched->plural,
                                                trouble ? ": " : "", trouble ? trouble->message : ""));
  }

  planning::Observed observed;
  {
    // Read under the lock: a write noted after the snapshots were taken is then still there to stand in.
    const std::lock_guard lock(mutex_);
    observed.objects = objects_now();
    for (auto it = written_.begin(); it != written_.end();) {
      const auto now_seen = observed.objects.find(it->first);
      const std::string version =
          now_seen == observed.objects.end() ? "" : kube::resource_version_of(*now_seen->second);
      const bool caught_up = version != it->second.version_before;
      if (caught_up || Steady::now() - it->second.at > kWrittenStandsIn) {
        it = written_.erase(it);
        continue;
      }
      observed.objects[it->first] = it->second.object;
      ++it;
    }
  }

  std::set<std::string> names;
  int gpu_nodes = 0;
  for (const auto& watched : watched_) {
    if (watched->plural != "nodes") continue;
    for (const auto& [key, node] : watched->informer.snapshot()) {
      const auto known = gpu_names(*node);
      if (!known.empty()) ++gpu_nodes;
      names.insert(known.begin(), known.end());
      if (auto gpus = node_gpus(*node); !gpus.empty()) observed.node_gpus[key.name] = std::move(gpus);
    }
  }
  observed.facts.gpu_resource_names.assign(names.begin(), names.end());
  observed.facts.mutating_policy_version = mutating_policy_version_;
  observed.facts.several_gpu_nodes = gpu_nodes > 1;

  const std::lock_guard lock(pods_->mutex);
  for (const auto& [key, pod] : pods_->seen) observed.pods.push_back(pod);
  return observed;
}

}  // namespace berth::reconciler
