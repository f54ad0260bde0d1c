#include "cacheplan/wanted.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace berth::cacheplan {
namespace {

Keep stronger(Keep a, Keep b) {
  return std::max(a, b);
}

void take_in(Wanted& wanted, const Window& window, Instant now) {
  if (window.end <= now) {
    wanted.last_used_at = std::max(wanted.last_used_at.value_or(window.end), window.end);
    return;
  }
  if (window.start > now + kLookAhead) return;
  wanted.needed_at = std::min(wanted.needed_at.value_or(window.start), window.start);
  if (window.start <= now)
    wanted.keep = stronger(wanted.keep, Keep::kInUse);
  else if (window.start <= now + kSoon)
    wanted.keep = stronger(wanted.keep, Keep::kNeeded);
}

}  // namespace

std::vector<Wanted> wanted_on_node(std::vector<Artifact> catalogue, std::span<const Need> needs,
                                   Instant now) {
  std::vector<Wanted> all;
  std::unordered_map<ArtifactId, std::size_t> at;
  for (auto& artifact : catalogue) {
    at.emplace(artifact.id, all.size());
    all.push_back({.artifact = std::move(artifact)});
    if (all.back().artifact.pinned) all.back().keep = Keep::kPinned;
  }
  for (const auto& need : needs) {
    if (const auto found = at.find(need.artifact); found != at.end())
      take_in(all[found->second], need.window, now);
  }
  const auto kNever = Instant::max();
  const auto order = [kNever](const Wanted& one) {
    return std::tuple(one.needed_at.value_or(kNever), !one.artifact.pinned, -one.artifact.priority,
                      std::string_view(one.artifact.source), one.artifact.kind);
  };
  std::ranges::sort(all, {}, order);
  return all;
}

}  // namespace berth::cacheplan
