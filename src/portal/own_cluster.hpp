// A cluster whose addresses this installation makes itself, as the demo does. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/cluster.hpp"

namespace berth::portal {

/// Of `clusters` the one of the same name keeps the addresses and the flavour that `own` has: others would
/// lead nowhere. A sentence for each value that was not taken over, beside the cluster's name.
std::vector<std::pair<std::string, std::string>> keep_own_facts(const std::optional<model::Cluster>& own,
                                                                std::vector<model::Cluster>& clusters);

}  // namespace berth::portal
