// What `berth gpu plan` says of a pool.
#pragma once

#include <string>

#include "model/pool.hpp"

namespace berth::cli {

struct GpuPlan {
  std::string text;
  bool sound = true;  // every card can be cut as it is declared
};

/// Node by node: its cards, the ways in which each may be cut, as pictures, and what cannot be.
GpuPlan gpu_plan(const model::Pool& pool);

}  // namespace berth::cli
