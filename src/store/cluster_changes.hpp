// What a declared cluster changes about one that is there, and what stands in its way. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/cluster.hpp"

namespace berth::store {

/// A sentence for each fact that differs: "Cluster default: workspace_image was "a", is "b"."
std::vector<std::string> describe_changes(const model::Cluster& before, const model::Cluster& after);

/// A sentence for each fact that cannot change under what was made of it, while `with_sessions` reservations
/// have a session on the cluster that is not Gone.
std::vector<std::string> find_conflicts(const model::Cluster& before, const model::Cluster& after,
                                        std::int64_t with_sessions);

}  // namespace berth::store
