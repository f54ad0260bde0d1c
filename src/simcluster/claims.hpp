// Persistent volume claims as pods see them.
#pragma once

#include <string>
#include <vector>

#include "simcluster/world.hpp"

namespace berth::simcluster {

/// Names of the claims that the pod mounts.
std::vector<std::string> claims_of(const json::object& pod);

/// Why the scheduler cannot place the pod yet because of its claims, or "".
std::string claims_problem(const World& world, const json::object& pod);

bool all_claims_bound(const World& world, const json::object& pod);

}  // namespace berth::simcluster
