// What the server says about itself: discovery in both forms, version, health, and reviews of what one may
// do.
#pragma once

#include "simcluster/api.hpp"

namespace berth::simcluster {

/// Answers every path that is no resource; 404 for what does not exist.
ApiAnswer discover(const World& world, const ApiRequest& request);

}  // namespace berth::simcluster
