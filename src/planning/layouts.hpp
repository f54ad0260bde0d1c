// Layouts that were ordered for nodes (decision 59): what comes next on each, and which sessions wait for it.
// Internal to planning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// The next step of every node for which a layout was ordered; none where all is as it is written down.
std::vector<KeepLayout> plan_layouts(const Desired& desired, const Observed& observed);

/// A sentence for owners while a node's layout is being changed, or was not yet looked at after a boot: none
/// of its units is to be had then. Nothing for a node with its layout in force, or without one.
std::optional<std::string> layout_change(const std::string& node, const Desired& desired,
                                         const Observed& observed);

/// Why no session of a reservation may start on its node now.
struct LayoutWait {
  std::string why;
  std::optional<Instant> until{};
  /// A layout with its units is on its way: it fails no earlier than its window ends.
  bool is_coming = false;
};
std::optional<LayoutWait> layout_wait(const Booked& booked, const Desired& desired, const Observed& observed);

/// Names of the units that a node has by its layout in force: none while that is changed. Nothing where no
/// layout was ordered for it.
std::optional<std::vector<std::string>> units_laid_out(const std::string& node, const Desired& desired,
                                                       const Observed& observed);

/// Another card of its node is laid out in units like those that its own card does not have. Whether one of
/// them is free is known once it has a session.
bool may_move_for_layout(const Booked& booked, const Desired& desired, const Observed& observed);

/// From when on its start deadline counts: its window's start, when its node had its layout again, or when a
/// change that was under way was given up.
Instant may_start_from(const Booked& booked, const Desired& desired);

}  // namespace berth::planning
