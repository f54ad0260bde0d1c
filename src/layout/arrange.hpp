// Whether instances go onto one card together, and where. Exact: what it refuses has no place in any order,
// and what it gives can be made in the order that it is given in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "layout/card.hpp"

namespace berth::layout {

struct Instance {
  const Profile* profile = nullptr;  // of the card
  int start = 0;                     // position
  int end() const { return start + profile->size; }
  bool operator==(const Instance&) const = default;
};

/// By start. kInvalid, field "profiles", with what stands in the way: a profile that the card does not have,
/// more of one than it may have, compute, media engines, or room.
Result<std::vector<Instance>> arrange(const Card& card, const std::vector<std::string>& profiles);

/// Whether these may lie where they are said to. kInvalid, field "placement" or "profiles".
Status check(const Card& card, const std::vector<Instance>& instances);

}  // namespace berth::layout
