#include "storetwin/rows.hpp"

#include <algorithm>
#include <iterator>

namespace berth::storetwin {

const model::Session* session_of(const Tables& tables, const model::ReservationId& reservation) {
  const model::Session* latest = nullptr;
  for (const auto& [id, row] : tables.sessions) {
    if (row.session.reservation != reservation) continue;
    if (latest == nullptr || latest->attempt < row.session.attempt) latest = &row.session;
  }
  return latest;
}

const model::Session* live_session_of(const Tables& tables, const model::ReservationId& reservation) {
  // There is one at a time, and each is a later attempt than those before.
  const auto* latest = session_of(tables, reservation);
  return latest == nullptr || latest->phase == model::SessionPhase::kGone ? nullptr : latest;
}

std::vector<Claim> claims_of(const Tables& tables, const model::ReservationId& reservation) {
  std::vector<Claim> claims;
  std::copy_if(tables.claims.begin(), tables.claims.end(), std::back_inserter(claims),
               [&](const Claim& one) { return one.reservation == reservation; });
  return claims;
}

void end_layouts(Tables& tables, Instant now,
                 const std::function<bool(const planning::LayoutOrder&)>& is_over) {
  for (const auto& one : tables.layouts) {
    if (!is_over(one) || one.not_before > now) continue;
    tables.layouts_over.push_back(one);
    tables.layouts_over.back().over_at = now;
  }
  std::erase_if(tables.layouts, is_over);
}

}  // namespace berth::storetwin
