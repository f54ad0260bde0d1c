// The node that a body names by "pool" and "node".
#pragma once

#include "base/result.hpp"
#include "model/pool.hpp"
#include "portal/call.hpp"

namespace berth::portal {

struct NamedNode {
  model::Pool pool;
  model::NodeId node{};  // of that pool
};
/// By its name in the pool, or in the cluster. kInvalid with the field where there is none such, or it is
/// retired.
Result<NamedNode> named_node(Call& call);

}  // namespace berth::portal
