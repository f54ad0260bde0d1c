// Labels that nodes have as long as they are what was declared. Booking knows nothing of them, so they are no
// part of the model's pool: the reconciler alone compares.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::poolfile {

/// By the node's name in its pool: "nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3", sorted. Only nodes that
/// have any.
using NodeLabels = std::map<std::string, std::vector<std::string>>;

/// Of a pool's document that parse_pool takes.
NodeLabels node_labels(const json::value& document);
/// Into what to_json made of the same pool.
void put_node_labels(json::object& document, const NodeLabels& labels);

}  // namespace berth::poolfile
