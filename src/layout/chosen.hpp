// One layout of a node, named by the way in which each of its cards is cut: what is ordered when it is to be
// put into force.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/pool.hpp"

namespace berth::layout {

struct ChosenLayout {
  std::string name;                                // the label's value
  std::map<std::string, int> ways;                 // of each card, by its name, counted from 1
  std::map<std::string, std::int64_t> advertises;  // slots by resource name
  std::vector<std::string> units;                  // that lie in it, by name
  bool operator==(const ChosenLayout&) const = default;
};

/// Ways as `berth gpu plan` counts them; a card that can be cut in one way need not be named. kInvalid, field
/// "ways.<card>": no such card or way, or one of several that is not said; or the faults of the node's cards.
Result<ChosenLayout> choose_layout(const model::Pool& pool, const model::Node& node,
                                   const std::map<std::string, int>& ways);

}  // namespace berth::layout
