// What a declared pool changes about one that is there, and who would be in the way. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "booking/booking.hpp"
#include "model/pool.hpp"

namespace berth::store {

/// A sentence for each difference between two pools, parts matched by name: "Device class slice-24gb: rate
/// was 0.8, is 0.9.", "Unit gpu-node-1/gpu1 is retired.". Empty when they are the same.
std::vector<std::string> describe_changes(const model::Pool& before, const model::Pool& after);

/// A sentence for each live reservation (at most kMaxNamedConflicts, then how many more) that could not go on
/// as it is if `after` were the pool: its unit or node would be gone, its unit of another class, the device
/// that runs under it another one, its unit laid over one that is claimed at the same time, its node too
/// small, or its storage less than the class's home and model cache. `holdings` are those that have not
/// ended; `movable` ones have not begun.
inline constexpr std::size_t kMaxNamedConflicts = 20;
std::vector<std::string> find_conflicts(const model::Pool& before, const model::Pool& after,
                                        std::span<const booking::Holding> holdings);

}  // namespace berth::store
