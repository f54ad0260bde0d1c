// In which ways a pool's cards may be cut, by the units that are on offer: units that overlap are of
// different ways.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "layout/arrange.hpp"
#include "model/pool.hpp"

namespace berth::layout {

/// One unit of a way to cut a card.
struct Part {
  const model::Unit* unit = nullptr;  // of the pool
  Instance instance;                  // its profile is null for a whole card that is not cut
};

/// One way to cut a card: as many units as lie beside each other. Ways are in the order of where their parts
/// lie and what they are called, whatever order the units came in, since people name them by their number.
struct Cut {
  std::vector<Part> parts;  // by where they lie
  bool is_whole() const { return parts.size() == 1 && parts.front().instance.profile == nullptr; }
};

/// More ways than that are told as a fault, and left out.
inline constexpr std::size_t kMostCuts = 64;

struct CardCuts {
  const model::Device* device = nullptr;  // of the pool
  const Card* card = nullptr;             // null: there is no table of it
  std::vector<Cut> cuts;
  /// What cannot be, each with the path of what says so. Cuts are those without their units.
  std::vector<FieldError> faults;
};

/// Of the cards of a node, in the pool's order, which is that of their indices on the node.
std::vector<CardCuts> cuts_of(const model::Pool& pool, const model::Node& node);

}  // namespace berth::layout
