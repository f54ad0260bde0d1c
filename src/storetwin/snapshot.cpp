#include "storetwin/snapshot.hpp"

#include <algorithm>
#include <tuple>

namespace berth::storetwin {

booking::Snapshot snapshot_of(const Tables& tables, const model::Pool& pool, Window known, Instant now) {
  booking::Snapshot snapshot{pool, {}, {}, known};
  auto& holdings = snapshot.holdings;
  for (const auto& claim : tables.claims) {  // by reservation
    const auto* unit = pool.find_unit(claim.unit);
    if (unit == nullptr || !claim.live || !claim.during.overlaps(known)) continue;
    if (!holdings.empty() && holdings.back().reservation == claim.reservation) {
      holdings.back().units.push_back(claim.unit);
      continue;
    }
    const auto& held_by = tables.reservations.at(claim.reservation);
    holdings.push_back(
        {.reservation = claim.reservation,
         .node = unit->node,
         .device_class = held_by.device_class,
         .units = {claim.unit},
         .during = claim.during,
         .load = held_by.load,
         .movable = held_by.state == model::ReservationState::kApproved && held_by.window.start > now});
  }
  std::sort(holdings.begin(), holdings.end(), [](const booking::Holding& a, const booking::Holding& b) {
    return std::tie(a.during.start, a.reservation) < std::tie(b.during.start, b.reservation);
  });
  const auto until = ceil_to_step(now, pool.policy.step) + pool.policy.step;
  for (const auto& hold : tables.holds) {
    const Window during{hold.since, until};
    if (hold.released_at || pool.find_unit(hold.unit) == nullptr || !during.overlaps(known)) continue;
    snapshot.blocked.push_back({hold.unit, during});
  }
  return snapshot;
}

Instant last_claim_end(const Tables& tables, const model::Pool& pool, Instant at_least) {
  for (const auto& [id, reservation] : tables.reservations) {
    if (reservation.pool != pool.id || !model::is_live(reservation.state)) continue;
    at_least = std::max(at_least, reservation.window.end);
  }
  return at_least;
}

bool is_held(const Tables& tables, const model::Pool& pool, const model::Unit& unit) {
  return std::any_of(tables.holds.begin(), tables.holds.end(), [&](const Hold& hold) {
    const auto* held = pool.find_unit(hold.unit);
    return !hold.released_at && held != nullptr && share_a_slot(*held, unit);
  });
}

bool share_a_slot(const model::Unit& a, const model::Unit& b) {
  return a.device == b.device && a.placement.overlaps(b.placement);
}

}  // namespace berth::storetwin
