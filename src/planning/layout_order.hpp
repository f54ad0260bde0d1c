// Orders for the layouts of nodes, as they are written down (decision 59).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"

namespace berth::planning {

/// How far one is: all that is known of it besides what the node itself says now.
struct LayoutProgress {
  std::string label_given{};  // last, and when
  std::optional<Instant> labelled{};
  bool had_others = false;  // the node offered units of another layout then
  std::string mig_state{};  // that the node was last seen with, and since when
  std::optional<Instant> mig_state_since{};
  std::string boot{};             // of the node when the layout was last found to be there
  std::optional<Instant> back{};  // since when another boot is seen
  int tries = 0;
  std::string step{};  // "draining", "relabelling", "waiting", "in_force", or a way to be stuck
  bool stuck = false;
  std::string sentence{};
  std::string repair{};
  std::optional<Instant> until{};  // when the step is looked at again by itself
  bool operator==(const LayoutProgress&) const = default;
};

struct LayoutOrder {
  std::int64_t id = 0;
  std::string node;  // kubernetes name
  std::string layout;
  std::map<std::string, std::int64_t> advertises;  // slots by resource name, once it is in force
  std::vector<std::string> units;                  // that lie in it
  Instant not_before;
  bool in_force = false;  // it is what the node has; else it is to be done
  bool retry_asked = false;
  std::optional<Instant> in_force_since{};
  /// Dropped or replaced, once its time had come: nothing is to be done of it, but who waited for it was
  /// waiting until then. Those of the last day are known.
  std::optional<Instant> over_at{};
  LayoutProgress progress{};
  bool operator==(const LayoutOrder&) const = default;
};

}  // namespace berth::planning
