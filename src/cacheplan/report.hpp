// How far each artifact is on a node, as its daemon tells the portal. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cacheplan/plan.hpp"

namespace berth::cacheplan {

/// What is being fetched now.
struct Pulling {
  ArtifactId artifact;
  std::int64_t bytes = 0;  // that are there
  std::int64_t of_bytes = 0;
  std::int64_t rate = 0;  // bytes a second
};

struct Said {
  ArtifactId artifact;
  State state = State::kQueued;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> of_bytes{};
  std::int64_t rate = 0;
  std::string digest{};
  std::string reason{};  // failed, evicted: why; queued: what it waits for, where that is known
  bool operator==(const Said&) const = default;
};

inline constexpr std::size_t kMostReasonCharacters = 500;

struct Report {
  Disk disk;
  Marks marks{};
  std::int64_t held_bytes = 0;
  std::int64_t rate = 0;  // of the latest downloads; 0: not measured yet
  std::string fault{};    // that concerns all of it
  std::vector<Said> artifacts{};
};

/// One for each that is wanted, in that order.
std::vector<Said> states(const Situation& situation, const Plan& plan, const std::optional<Pulling>& pulling);

/// Seconds until it is there; empty where nothing is measured or known.
std::optional<std::int64_t> seconds_left(std::int64_t bytes, std::optional<std::int64_t> of_bytes,
                                         std::int64_t rate);

/// Bytes a second over the last half minute or so: what is new counts by how long it took.
double blended_rate(double before, std::int64_t bytes, double seconds);

}  // namespace berth::cacheplan
