// An amount over time, constant between the instants at which it changes: load on a node, lanes in use.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/instant.hpp"

namespace berth::booking {

struct LevelChange {
  Instant at;
  std::int64_t by = 0;
};

/// An amount as it counts in a sum: at least 0 and at most 2^40, far above any node, so that the amounts of
/// millions of holdings add up without overflow.
std::int64_t bounded_amount(std::int64_t amount);

/// Appends the two changes of something that is there for `during`. An empty window changes nothing.
void add_change(std::vector<LevelChange>& changes, Window during, std::int64_t amount);

struct Peak {
  std::int64_t amount = 0;
  Instant at;
  bool operator==(const Peak&) const = default;
};

class Profile {
 public:
  struct Level {
    Instant from;
    std::int64_t amount = 0;
  };

  Profile() = default;
  explicit Profile(std::vector<LevelChange> changes);

  /// Highest amount at one instant of `window`, and the first such instant. Zero at its start when nothing is
  /// there. The amount rises only where something starts, so looking at the levels that touch the window
  /// suffices.
  Peak highest(Window window) const;

  /// The end of the last stretch that touches `window` with more than `limit`, which may lie after the
  /// window; Instant::max() when it has none. Empty when there is no such stretch.
  std::optional<Instant> last_above(std::int64_t limit, Window window) const;

  /// By instant; zero before the first.
  const std::vector<Level>& levels() const { return levels_; }

 private:
  std::vector<Level> levels_;
};

/// Windows sorted, with those that touch or overlap joined and empty ones left out.
std::vector<Window> joined(std::vector<Window> windows);

}  // namespace berth::booking
