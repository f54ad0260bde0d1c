// What the cluster says, as the reconcile decision reads it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "layout/apply_step.hpp"
#include "model/pool.hpp"
#include "model/waiting.hpp"

namespace berth::planning {

struct ObservedKey {
  std::string plural;
  std::string namespace_name;
  std::string name;
  auto operator<=>(const ObservedKey&) const = default;
};

/// What planning needs of a pod, whoever made it.
struct PodSeen {
  std::string namespace_name;
  std::string name;
  std::string node;       // empty while unscheduled
  bool finished = false;  // Succeeded or Failed
  bool deleting = false;
  bool running = false;  // its containers have started
  bool ready = false;
  std::string app;                           // of a session, by its labels; empty: of none
  std::map<std::string, std::int64_t> gpus;  // resource name -> count over its containers
  std::string trouble;                       // a plain sentence when it cannot run: image, scheduling, crash
  std::string raw_trouble;                   // the cluster's own words, for the folded detail
  bool retried = false;                      // the cluster itself tries again what `trouble` speaks of
  bool between_tries = false;                // ... and waits before the next one, its last words were of that
};

/// The GPU operator's pods that find out whether a node's devices can be used.
inline constexpr std::string_view kGpuValidator = "nvidia-cuda-validator";

struct Away {
  Instant from;
  Instant until;
};

/// A snapshot of the watch-fed cache. Shared values, never changed in place.
struct Observed {
  std::map<ObservedKey, std::shared_ptr<const json::value>> objects;  // labelled with our installation
  /// What is written under the keys that workspaces wish by and say by when they were used, by namespace:
  /// outside bytes, few of them.
  std::map<std::string, std::string> said{};
  std::map<std::string, std::string> used{};
  std::vector<PodSeen> pods;  // that use a GPU or belong to a session, and validators
  std::map<std::string, std::map<std::string, std::int64_t>>
      node_gpus;                      // kubernetes name -> allocatable nvidia.com/*, of those that are Ready
  std::map<std::string, bool> nodes;  // kubernetes name -> whether it is Ready
  std::map<std::string, std::shared_ptr<const json::value>> node_objects{};  // the same nodes, whole
  manifests::ClusterFacts facts;
  /// Volumes of kept homes are among `objects`. False while they are not heard: one that is not seen may be
  /// there.
  bool volumes_heard = true;
  /// Which kinds' watches have failed for so long that what is shown of them may be long past, and why; empty
  /// when all are heard.
  std::string watch_trouble;
  Duration unheard_for{0};  // the longest of them
  /// When the whole cluster did not answer, the last time.
  std::optional<Away> away;
  layout::LayoutPatience layout_patience{};
  /// Why the last cycle brought nothing up though it was planned, a sentence; empty where it did.
  std::string starts_wait;

  const json::value* find(const ObservedKey& key) const;
};

}  // namespace berth::planning
