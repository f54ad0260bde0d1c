// What a node should hold, in which order, and what of it has to stay. Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "cacheplan/artifact.hpp"

namespace berth::cacheplan {

/// A booking with claims on the node wants an artifact there.
struct Need {
  ArtifactId artifact;
  Window window;
};

struct Wanted {
  Artifact artifact;
  Keep keep = Keep::kNo;
  std::optional<Instant> needed_at{};     // the earliest start of a booking that is not over
  std::optional<Instant> last_used_at{};  // the latest end of one that is
  bool operator==(const Wanted&) const = default;
};

/// Bookings that begin later are for their own day to fetch.
inline constexpr hours kLookAhead{14 * 24};
/// What is needed so soon stays, whatever else wants its room.
inline constexpr hours kSoon{24};

/// First what running and coming bookings need, by their start; then what is pinned; then the rest. Within
/// each by priority, then by source.
std::vector<Wanted> wanted_on_node(std::vector<Artifact> catalogue, std::span<const Need> needs, Instant now);

}  // namespace berth::cacheplan
