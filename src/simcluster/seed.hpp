// What a cluster holds before anyone uses it.
#pragma once

#include "simcluster/world.hpp"

namespace berth::simcluster {

/// Makes what is missing, and gives nodes the capacity that the settings say. Harmless on a state that was
/// loaded.
void seed(World& world);

}  // namespace berth::simcluster
