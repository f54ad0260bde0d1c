// For tests: a disk of 1000 GB with models on it, in sentences.
#pragma once

#include <string>

#include "cacheplan/plan.hpp"

namespace berth::cacheplan {

inline const Instant kNow = Instant(hours(24 * 20'000));
inline constexpr std::int64_t kGb = 1'000'000'000;
inline const std::string kCommit(40, 'a');
inline const std::string kOlder(40, 'b');

struct Scene {
  Situation now{
      .wanted = {}, .held = {}, .memory = {}, .disk = {.bytes = 1000 * kGb, .free = 1000 * kGb}, .now = kNow};

  /// In the order in which they are wanted.
  Scene& want(const std::string& name, std::int64_t gb, Keep keep = Keep::kNo,
              int priority = kUsualPriority) {
    const ArtifactId id{name};
    now.wanted.push_back({.artifact = {.id = id,
                                       .kind = Kind::kModel,
                                       .source = "hf://owner/" + name + "@main",
                                       .priority = priority,
                                       .pinned = keep == Keep::kPinned},
                          .keep = keep});
    if (keep >= Keep::kNeeded) now.wanted.back().needed_at = kNow + hours(1);
    if (gb > 0) now.memory.told[id] = {.commit = kCommit, .bytes = gb * kGb, .at = kNow};
    return *this;
  }
  Scene& hold(const std::string& name, std::int64_t gb, hours ago, const std::string& commit = kCommit) {
    now.held.push_back({.folder = "models--owner--" + name,
                        .bytes = gb * kGb,
                        .used_at = kNow - ago,
                        .commits = {{"main", commit}}});
    now.disk.free -= gb * kGb;
    return *this;
  }
  Scene& others(std::int64_t gb) {
    now.disk.free -= gb * kGb;
    return *this;
  }
  Plan planned() const { return plan(now); }
};

inline std::vector<std::string> evicted(const Plan& plan) {
  std::vector<std::string> names;
  for (const auto& one : plan.evictions)
    names.push_back(one.folder.substr(std::string("models--owner--").size()));
  return names;
}
using Names = std::vector<std::string>;

}  // namespace berth::cacheplan
