// What `berth gpu plan` says of a pool.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/pool.hpp"

namespace berth::cli {

struct GpuPlan {
  std::string text;
  bool sound = true;  // every card can be cut as it is declared
};

/// Node by node: its cards, the ways in which each may be cut, as pictures, and what cannot be.
GpuPlan gpu_plan(const model::Pool& pool);

/// The tables of cards, for people and for programs.
std::string gpu_cards_text();
json::value gpu_cards_json();

/// What is wrong with each configuration among documents: ConfigMaps, whose texts are looked into, or
/// configurations themselves. A document that is neither is not sound.
std::vector<GpuPlan> gpu_checks(const std::vector<json::value>& documents);

}  // namespace berth::cli
