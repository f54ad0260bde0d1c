// What the reconciler writes of units: claims that move to others, and holds.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "store/events.hpp"
#include "storetwin/session_writes.hpp"
#include "storetwin/snapshot.hpp"

namespace berth::storetwin::session_writes {
namespace {

// As PostgreSQL names what a constraint refuses.
constexpr const char* kForeignKeyViolation = "23503";
constexpr const char* kClaimedTwice = "23505";
constexpr const char* kExclusionViolation = "23P01";

const model::Pool* pool_of_unit(const Declared& declared, model::UnitId unit) {
  for (const auto& [id, pool] : declared.pools) {
    if (pool.find_unit(unit) != nullptr) return &pool;
  }
  return nullptr;
}

bool is_usable(const Change& change, const Declared& declared, const Claim& claim, model::UnitId target) {
  const auto* pool = pool_of_unit(declared, target);
  if (pool == nullptr) return false;
  const auto& unit = *pool->find_unit(target);
  if (unit.out_of_service || unit.retired || is_held(change.tables, *pool, unit)) return false;
  const auto& all = change.tables.claims;
  return std::none_of(all.begin(), all.end(), [&](const Claim& other) {
    const auto* others = pool->find_unit(other.unit);
    return other.live && other.reservation != claim.reservation && others != nullptr &&
           share_a_slot(*others, unit) && other.during.overlaps(claim.during);
  });
}

/// What the database refuses whatever stands above it.
Status check_claims(const Change& change, const Declared& declared, const model::ReservationId& of) {
  const auto mine = claims_of(change.tables, of);
  for (auto one = mine.begin(); one != mine.end(); ++one) {
    for (auto other = std::next(one); other != mine.end(); ++other) {
      if (one->unit == other->unit) return fail(Code::kConflict, "a unit is claimed twice", kClaimedTwice);
      const auto* pool = pool_of_unit(declared, one->unit);
      const auto* sibling = pool->find_unit(other->unit);
      if (one->live && other->live && sibling != nullptr && one->during.overlaps(other->during) &&
          share_a_slot(*pool->find_unit(one->unit), *sibling)) {
        return fail(Code::kConflict, "two claims lie on one placement", kExclusionViolation);
      }
    }
  }
  return {};
}

/// Whose reservation runs on one of the units, or begins there within a day.
void tell_owners(Change& change, const planning::KeepOutages& outages) {
  std::set<model::UnitId> changed(outages.end.begin(), outages.end.end());
  for (const auto& one : outages.begin) changed.insert(one.unit);
  std::set<model::ReservationId> concerned;
  for (const auto& claim : change.tables.claims) {
    if (claim.live && changed.contains(claim.unit) && claim.during.end > change.now() &&
        claim.during.start < change.now() + hours(24))
      concerned.insert(claim.reservation);
  }
  for (const auto& id : concerned) change.tell(store::event_kind::kReservation, change.reservation(id));
}

}  // namespace

Status move_units(Change& change, const Declared& declared, const model::SessionId& id,
                  const planning::MoveUnits& move) {
  const auto session = change.tables.sessions.find(id);
  if (session == change.tables.sessions.end()) {
    return fail(Code::kNotFound, fmt::format("no session {}", id.value));
  }
  const auto& of = change.reservation(session->second.session.reservation);
  std::size_t moved = 0;
  if (of.state == model::ReservationState::kActive && !of.end_requested_at) {
    auto after = change.tables.claims;
    for (auto& claim : after) {
      if (claim.reservation != of.id || !claim.live) continue;
      for (std::size_t i = 0; i < std::min(move.from.size(), move.to.size()); ++i) {
        if (move.from[i] != claim.unit || !is_usable(change, declared, claim, move.to[i])) continue;
        claim.unit = move.to[i];
        ++moved;
        change.audit_changed("claim", of.id.value);
        break;
      }
    }
    std::sort(after.begin(), after.end(), [](const Claim& a, const Claim& b) {
      return std::tie(a.reservation, a.unit) < std::tie(b.reservation, b.unit);
    });
    change.tables.claims = std::move(after);
  }
  if (auto good = check_claims(change, declared, of.id); !good) return good;
  if (moved != move.from.size()) {
    return fail(Code::kConflict, "another unit was to take the place of one in use, and is taken itself now",
                "units_taken");
  }
  change.tell(store::event_kind::kCalendar, of);
  return {};
}

Status hold(Change& change, const Declared& declared, const model::SessionId& id, model::UnitId unit,
            const std::string& why) {
  const auto session = change.tables.sessions.find(id);
  if (session == change.tables.sessions.end()) return {};
  if (pool_of_unit(declared, unit) == nullptr) {
    return fail(Code::kConflict, "there is no such unit", kForeignKeyViolation);
  }
  auto& holds = change.tables.holds;
  const bool open = std::any_of(holds.begin(), holds.end(), [&](const Hold& one) {
    return one.unit == unit && one.session == id && !one.released_at;
  });
  const auto end = change.reservation(session->second.session.reservation).window.end;
  if (!open) holds.push_back({unit, id, std::min(end, change.now()), why, {}});
  change.tell_of_session(store::event_kind::kCalendar, id);
  return {};
}

Status keep_layout(Change& change, const planning::KeepLayout& keep) {
  if (keep.order == 0) return {};
  auto& orders = change.tables.layouts;
  const auto of = [&](std::int64_t id) { return std::ranges::find(orders, id, &planning::LayoutOrder::id); };
  if (of(keep.order) == orders.end())
    return fail(Code::kConflict, "the layout that was ordered is over", "layout_order_over");
  const auto node = of(keep.order)->node;
  end_layouts(change.tables, change.now(), [&](const planning::LayoutOrder& one) {
    const bool overtaken = std::ranges::find(keep.replaced, one.id) != keep.replaced.end() && !one.in_force;
    return overtaken || (keep.takes_force && one.in_force && one.node == node && one.id != keep.order);
  });
  auto& order = *of(keep.order);
  order.progress = keep.progress;
  if (keep.retries) order.retry_asked = false;
  if (keep.takes_force) {
    order.in_force = true;
    order.in_force_since = change.now();
  }
  return {};
}

Status keep_outages(Change& change, const Declared& declared, const planning::KeepOutages& outages) {
  auto& holds = change.tables.holds;
  const auto open = [&](model::UnitId unit) {
    return std::find_if(holds.begin(), holds.end(), [&](const Hold& one) {
      return one.unit == unit && one.session.value.empty() && !one.released_at;
    });
  };
  for (const auto& one : outages.begin) {
    if (pool_of_unit(declared, one.unit) == nullptr)
      return fail(Code::kConflict, "there is no such unit", kForeignKeyViolation);
    if (open(one.unit) == holds.end()) holds.push_back({one.unit, {}, change.now(), one.why, {}});
  }
  for (const auto unit : outages.end) {
    if (const auto found = open(unit); found != holds.end()) found->released_at = change.now();
  }
  tell_owners(change, outages);
  return {};
}

}  // namespace berth::storetwin::session_writes
