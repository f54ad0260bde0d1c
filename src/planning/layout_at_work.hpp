// Which of a node's layout orders counts, and whether the node has it (decision 59). Internal to planning.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// What is to be seen to on a node: the latest order whose time has come, else what is in force.
struct AtWork {
  const LayoutOrder* order = nullptr;
  std::vector<std::int64_t> replaced{};  // earlier ones that were overtaken before they were done
};
AtWork at_work(const std::string& node, const Desired& desired);

/// Nothing where the node is not seen.
const json::value* see_node(const std::string& name, const Observed& observed);
std::string boot_of(const json::value& node);

/// Whether a layout that was in force has to be looked at again. A node that is not seen is known for that.
bool has_rebooted(const LayoutOrder& order, const Observed& observed);

/// In force, and nothing speaks against it. Once it was found not to be there, it is not until it is written
/// down that it is again.
bool is_there(const LayoutOrder& order, const Observed& observed);

}  // namespace berth::planning
