#include "booking/evacuate.hpp"

#include <algorithm>
#include <utility>

namespace berth::booking {
namespace {

bool contains(std::span<const model::UnitId> units, model::UnitId unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

/// Places it anew, as if it were not there; true when that went.
bool move_one(Snapshot& snapshot, const Holding& holding, Instant now) {
  const Wanted wanted{.device_class = holding.device_class,
                      .units = static_cast<int>(holding.units.size()),
                      .window = holding.during,
                      .load = holding.load,
                      .replaces = {}};
  auto without = snapshot;
  std::erase_if(without.holdings, [&](const Holding& one) { return one.reservation == holding.reservation; });
  const auto verdict = place(without, wanted);
  const auto* placement = std::get_if<Placement>(&verdict);
  if (placement == nullptr) return false;
  snapshot = applied(std::move(without), wanted, *placement, holding.reservation, now);
  return true;
}

}  // namespace

Evacuation evacuate(Snapshot snapshot, std::span<const model::UnitId> closed, Instant now, Instant before) {
  for (auto& unit : snapshot.pool.units)
    unit.out_of_service = unit.out_of_service || contains(closed, unit.id);
  const auto held_before = snapshot.holdings;
  Evacuation out{.affected = {}, .after = std::move(snapshot)};
  for (const auto& holding : held_before) {
    if (holding.during.start >= before) continue;
    const bool held =
        std::ranges::any_of(holding.units, [&](model::UnitId unit) { return contains(closed, unit); });
    if (!held) continue;
    out.affected.push_back({.reservation = holding.reservation,
                            .begun = !holding.movable,
                            .placed = holding.movable && move_one(out.after, holding, now)});
  }
  return out;
}

}  // namespace berth::booking
