#include "reconciler/observer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "manifests/names_and_labels.hpp"
#include "reconciler/cut_down.hpp"
#include "reconciler/pod_digest.hpp"
#include "said/activity.hpp"
#include "said/said.hpp"

namespace berth::reconciler {
namespace {

constexpr std::string_view kHostname = "kubernetes.io/hostname";
/// Of a list of what workspaces say: each may be made as large as the API allows, 1 MiB that JSON writes as
/// six, and a page has to stay below the largest answer that is read.
constexpr std::size_t kSaidInAPage = 4;
constexpr std::chrono::seconds kBetweenLooksAtOne{1};
constexpr std::chrono::milliseconds kSaidPatience{5'000};

using Steady = std::chrono::steady_clock;

std::set<kubeschema::Resource> kinds_to_watch(const kube::Discovery& discovery) {
  std::set<kubeschema::Resource> kinds;
  for (const auto flavour : {model::Flavour::kKubernetes, model::Flavour::kOpenshift}) {
    for (auto& kind : manifests::session_kinds(flavour)) {
      if (discovery.serves(kind)) kinds.insert(std::move(kind));
    }
  }
  return kinds;
}

std::set<std::string> groups_in_use() {
  std::set<std::string> groups{kube::resources::leases().group,
                               kube::resources::security_context_constraints().group};
  for (const auto flavour : {model::Flavour::kKubernetes, model::Flavour::kOpenshift}) {
    for (const auto& kind : manifests::session_kinds(flavour)) groups.insert(kind.group);
  }
  for (const auto& object : manifests::cluster_objects({{}, "v1", false})) groups.insert(object.kind.group);
  return groups;
}

std::string mutating_version(const kube::Discovery& discovery) {
  for (const auto* version : {"v1", "v1beta1"}) {
    if (discovery.serves(kube::resources::mutating_admission_policies(version))) return version;
  }
  return {};
}

/// What the network says of it names addresses; the log has it.
std::string plain(const Error& error) {
  return kube::is_unanswered(error) ? "the cluster does not answer" : error.message;
}

}  // namespace

Status check_groups(const kube::Discovery& discovery) {
  const auto used = groups_in_use();
  std::vector<std::string> silent;
  for (const auto& group : discovery.stale_groups) {
    if (used.contains(group)) silent.push_back(group);
  }
  if (silent.empty()) return {};
  return fail(Code::kUnavailable,
              fmt::format("the cluster does not know yet what it serves of {}", fmt::join(silent, ", ")));
}

struct Observer::Watched {
  Watched(const kube::ClientFactory& factory, kube::InformerSettings settings, kube::OnChange on_change,
          const Log& log)
      : plural(settings.resource.plural), informer(factory, std::move(settings), std::move(on_change), log) {}

  std::string plural;
  kube::Informer informer;
};

struct Observer::Written {
  std::shared_ptr<const json::value> object;  // null: there is none
  std::string version_before;                 // what the watch had when we wrote; empty: nothing
  Steady::time_point at;
};

/// Pods by namespace and name, digested once per change instead of once per cycle.
struct Observer::PodCache {
  std::mutex mutex;
  std::map<kube::ObjectKey, planning::PodSeen> seen;
};

Observer::Observer(const kube::ClientFactory& factory, std::string installation,
                   const kube::Discovery& discovery, std::function<void()> on_change, const Log& log,
                   ObserverSettings observed)
    : settings_(std::move(observed)),
      installation_(std::move(installation)),
      mutating_policy_version_(mutating_version(discovery)),
      on_change_(std::move(on_change)),
      pods_(std::make_unique<PodCache>()) {
  const auto watch = [&](const kube::Resource& resource, std::string selector, kube::OnChange on_event,
                         std::string_view only_name = {}) {
    kube::InformerSettings settings;
    settings.resource = resource;
    settings.presence = settings_.presence;
    settings.bookmark_patience = settings_.bookmark_patience;
    settings.label_selector = std::move(selector);
    settings.cut_down = [plural = resource.plural](json::value& object) { cut_down(plural, object); };
    if (!only_name.empty()) settings.field_selector = fmt::format("metadata.name={}", only_name);
    watched_.push_back(std::make_unique<Watched>(factory, std::move(settings), std::move(on_event), log));
  };
  const auto tell = [this](const std::string& plural) {
    return [this, plural](const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
      if (before && !after) forget(plural, *before);
      on_change_();
    };
  };

  const auto ours = fmt::format("{}={}", manifests::kInstallationLabel, installation_);
  for (const auto& kind : kinds_to_watch(discovery)) {
    auto names = manifests::only_names_of(kind);
    if (names.empty()) names.emplace_back();
    for (const auto name : names) watch(kind, ours, tell(kind.plural), name);
  }
  const auto shared = fmt::format("{}=berth,!{}", manifests::kManagedByLabel, manifests::kInstallationLabel);
  std::set<kubeschema::Resource> shared_kinds;
  for (const auto& object : manifests::cluster_objects({{}, mutating_policy_version_, false})) {
    shared_kinds.insert(object.kind);
  }
  for (const auto& kind : shared_kinds) watch(kind, shared, tell(kind.plural));
  watch(kube::resources::nodes(), "", tell("nodes"));
  watch(kube::resources::pods(), "", [this](const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
    const auto& any = after ? after : before;
    auto digest = digest_pod(*any);
    const bool matters =
        !digest.app.empty() || !digest.gpus.empty() || digest.name.starts_with(planning::kGpuValidator);
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
  {
    kube::InformerSettings settings;
    settings.resource = manifests::kVolumes;
    settings.presence = settings_.presence;
    settings.bookmark_patience = settings_.bookmark_patience;
    settings.label_selector = ours;
    settings.cut_down = [](json::value& object) { cut_down(manifests::kVolumes.plural, object); };
    volumes_ = std::make_unique<Watched>(factory, std::move(settings),
                                         tell(std::string(manifests::kVolumes.plural)), log);
  }
  watch_said(factory, log);
}

/// Its labels are its tenant's, so it is known by its name alone. A wish is waited for, so it wakes; when a
/// workspace was used is read at the next look, whenever that is.
void Observer::watch_said(const kube::ClientFactory& factory, const Log& log) {
  kube::InformerSettings settings;
  settings.resource = {"", "v1", "configmaps", "ConfigMap", true};
  settings.presence = settings_.presence;
  settings.bookmark_patience = settings_.bookmark_patience;
  settings.cut_down = cut_down_said;
  settings.field_selector = fmt::format("metadata.name={}", said::kSaidName);
  said_ = std::make_unique<Watched>(
      factory.with_pages_of(kSaidInAPage), std::move(settings),
      [this](const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
        const auto text = [](const kube::ObjectPtr& object) {
          return object ? string_at(*object, {"data", said::kExtendKey}) : std::string();
        };
        if (!text(after).empty() && text(after) != text(before)) hear(kube::namespace_of(*after));
      },
      log);
}

void Observer::hear(const std::string& namespace_name) {
  if (!settings_.on_said) return on_change_();
  const auto now = Steady::now();
  auto at = now;
  {
    const std::lock_guard lock(said_mutex_);
    std::erase_if(heard_, [&](const auto& one) { return one.second + kBetweenLooksAtOne <= now; });
    const auto [last, first] = heard_.try_emplace(namespace_name, now);
    if (!first) at = last->second + kBetweenLooksAtOne;
  }
  settings_.on_said(at);
}

Observer::~Observer() {
  // Ask all to stop before waiting for each: their silent streams end side by side.
  said_->informer.stop();
  volumes_->informer.stop();
  for (auto& watched : watched_) watched->informer.stop();
}

bool Observer::wait_synced(std::chrono::milliseconds patience) const {
  const auto until = Steady::now() + patience;
  const auto left = [&] {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
    return std::max(rest, std::chrono::milliseconds(0));
  };
  const bool synced = std::all_of(watched_.begin(), watched_.end(),
                                  [&](const auto& watched) { return watched->informer.wait_synced(left()); });
  // For as long as that mostly takes, and whatever comes of it.
  if (synced) {
    said_->informer.wait_synced(std::min(left(), kSaidPatience));
    volumes_->informer.wait_synced(std::min(left(), kSaidPatience));
  }
  return synced;
}

std::map<planning::ObservedKey, std::shared_ptr<const json::value>> Observer::objects_now() const {
  std::map<planning::ObservedKey, std::shared_ptr<const json::value>> objects;
  for (const auto& watched : watched_) {
    if (watched->plural == "pods" || watched->plural == "nodes") continue;
    for (const auto& [key, object] : watched->informer.snapshot()) {
      objects[{watched->plural, key.ns, key.name}] = object;
    }
  }
  for (const auto& [key, object] : volumes_->informer.snapshot())
    objects[{volumes_->plural, key.ns, key.name}] = object;
  return objects;
}

std::string Observer::version_seen(const planning::ObservedKey& key) const {
  const auto current = watched_now(key);
  return current ? kube::resource_version_of(*current) : "";
}

void Observer::note_written(const kubeschema::Resource& kind, const json::value& object,
                            const std::string& seen_before) {
  // Nothing was changed by it: the watch shows it already.
  if (kube::resource_version_of(object) == seen_before) return;
  const planning::ObservedKey key{kind.plural, kube::namespace_of(object), kube::name_of(object)};
  auto kept = object;
  cut_down(kind.plural, kept);
  const std::lock_guard lock(mutex_);
  written_[key] = Written{std::make_shared<const json::value>(std::move(kept)), seen_before, Steady::now()};
}

std::shared_ptr<const json::value> Observer::watched_now(const planning::ObservedKey& key) const {
  if (key.plural == volumes_->plural) return volumes_->informer.find({key.namespace_name, key.name});
  for (const auto& watched : watched_) {
    if (watched->plural != key.plural) continue;
    if (auto current = watched->informer.find({key.namespace_name, key.name})) return current;
  }
  return nullptr;
}

/// One that came and went between two looks leaves the watch's picture as it was before our write, which
/// would else go on standing in for it.
void Observer::forget(const std::string& plural, const json::value& deleted) {
  const std::lock_guard lock(mutex_);
  const auto written = written_.find({plural, kube::namespace_of(deleted), kube::name_of(deleted)});
  if (written == written_.end() || !written->second.object) return;
  if (kube::uid_of(*written->second.object) == kube::uid_of(deleted)) written_.erase(written);
}

void Observer::note_removed(const kubeschema::Resource& kind, const std::string& namespace_name,
                            const std::string& name, bool gone) {
  const planning::ObservedKey key{kind.plural, namespace_name, name};
  const auto current = watched_now(key);
  const std::lock_guard lock(mutex_);
  const auto written = written_.find(key);
  Written note{nullptr, current ? kube::resource_version_of(*current) : "", Steady::now()};
  if (!gone) {
    const auto known = written != written_.end() ? written->second.object : current;
    if (!known || kube::is_deleting(*known)) return;
    auto going = *known;
    // Only that there is one is ever asked.
    going.as_object()["metadata"].as_object()["deletionTimestamp"] = "1970-01-01T00:00:00Z";
    note.object = std::make_shared<const json::value>(std::move(going));
  }
  written_[key] = std::move(note);
}

/// A silent watch shows what was long ago, however long: by its picture what we just made is not there.
bool Observer::caught_up_since(const Written& written, const std::string& plural) const {
  const auto late = [&](const auto& watched) {
    const auto age = watched->informer.age();
    return watched->plural == plural &&
           (!age || Steady::now() - *age < written.at + settings_.written_stands_in);
  };
  return !late(volumes_) && std::none_of(watched_.begin(), watched_.end(), late);
}

/// Why what it shows may be long past; nothing where it is heard.
std::optional<std::string> Observer::why_unheard(const Watched& watched) const {
  const auto trouble = watched.informer.trouble();
  const auto age = watched.informer.age();
  if (!age || *age <= settings_.unheard_too_long) return std::nullopt;
  // Where no bookmarks come, silence may mean that nothing happens.
  const bool silent = watched.informer.hears_bookmarks() && *age > settings_.bookmark_patience;
  if (!trouble && !silent) return std::nullopt;
  return trouble ? plain(*trouble) : "nothing comes through";
}

void Observer::tell_trouble(planning::Observed& observed) const {
  std::set<std::string> unheard;
  std::string why;
  for (const auto& watched : watched_) {
    auto unheard_why = why_unheard(*watched);
    if (!unheard_why) continue;
    observed.unheard_for =
        std::max(observed.unheard_for, std::chrono::duration_cast<Duration>(*watched->informer.age()));
    if (unheard.insert(watched->plural).second && why.empty()) why = std::move(*unheard_why);
  }
  if (unheard.empty()) return;
  observed.watch_trouble =
      fmt::format("what is known of {} may be long past: {}", fmt::join(unheard, ", "), why);
}

Result<planning::Observed> Observer::observe() const {
  for (const auto& watched : watched_) {
    if (watched->informer.synced()) continue;
    const auto trouble = watched->informer.trouble();
    return fail(Code::kUnavailable,
                fmt::format("the cluster's {} have not been listed yet{}{}", watched->plural,
                            trouble ? ": " : "", trouble ? plain(*trouble) : ""));
  }

  planning::Observed observed;
  tell_trouble(observed);
  if (settings_.presence) {
    if (const auto away = settings_.presence->last_away(); away && away->until)
      observed.away = planning::Away{away->from, *away->until};
  }
  {
    // Read under the lock: a write noted after the snapshots were taken is then still there to stand in.
    const std::lock_guard lock(mutex_);
    observed.objects = objects_now();
    for (auto it = written_.begin(); it != written_.end();) {
      const auto now_seen = observed.objects.find(it->first);
      const std::string version =
          now_seen == observed.objects.end() ? "" : kube::resource_version_of(*now_seen->second);
      const bool caught_up = version != it->second.version_before;
      if (caught_up || caught_up_since(it->second, it->first.plural)) {
        it = written_.erase(it);
        continue;
      }
      if (it->second.object) {
        observed.objects[it->first] = it->second.object;
      } else {
        observed.objects.erase(it->first);
      }
      ++it;
    }
  }

  observed.volumes_heard = volumes_->informer.synced() && !why_unheard(*volumes_);
  for (const auto& [key, object] : said_->informer.snapshot()) {
    if (auto text = string_at(*object, {"data", said::kExtendKey}); !text.empty())
      observed.said.emplace(key.ns, std::move(text));
    if (auto text = string_at(*object, {"data", said::kActivityKey}); !text.empty())
      observed.used.emplace(key.ns, std::move(text));
  }

  std::set<std::string> names;
  std::size_t nodes = 0;
  for (const auto& watched : watched_) {
    if (watched->plural != "nodes") continue;
    for (const auto& [key, node] : watched->informer.snapshot()) {
      ++nodes;
      const auto known = gpu_names(*node);
      if (auto hostname = string_at(*node, {"metadata", "labels", kHostname});
          !hostname.empty() && hostname != key.name) {
        observed.facts.hostnames.emplace(key.name, std::move(hostname));
      }
      names.insert(known.begin(), known.end());
      observed.nodes[key.name] = node_ready(*node);
      observed.node_objects[key.name] = node;
      if (auto gpus = node_gpus(*node); !gpus.empty()) observed.node_gpus[key.name] = std::move(gpus);
    }
  }
  observed.facts.gpu_resource_names.assign(names.begin(), names.end());
  observed.facts.mutating_policy_version = mutating_policy_version_;
  observed.facts.several_nodes = nodes > 1;

  const std::lock_guard lock(pods_->mutex);
  for (const auto& [key, pod] : pods_->seen) observed.pods.push_back(pod);
  return observed;
}

}  // namespace berth::reconciler
