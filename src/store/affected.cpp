#include "store/affected.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "booking/evacuate.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kWhose{"affected_whose", R"sql(
    SELECT r.id, r.name, r.owner, r.team, u.email
    FROM berth.reservation r
    JOIN berth.app_user u ON u.id = r.owner
    WHERE r.id = ANY($1::uuid[])
)sql"};

const model::Node* node_named(const model::Pool& pool, const std::string& name) {
  const auto found = std::ranges::find_if(
      pool.nodes, [&](const model::Node& node) { return node.name == name && !node.retired; });
  return found == pool.nodes.end() ? nullptr : &*found;
}

/// The same unit as it is wanted; nullptr where it is to go, or to be one of another class.
const model::Unit* wanted_unit(const model::Pool& before, const model::Pool& wanted,
                               const model::Unit& unit) {
  const auto* node = node_named(wanted, before.find_node(unit.node)->name);
  const auto* device_class = before.find_class(unit.device_class);
  if (node == nullptr || device_class == nullptr) return nullptr;
  const auto found = std::ranges::find_if(wanted.units, [&](const model::Unit& one) {
    return one.node == node->id && one.name == unit.name && !one.retired;
  });
  if (found == wanted.units.end()) return nullptr;
  const auto* class_after = wanted.find_class(found->device_class);
  return class_after != nullptr && class_after->name == device_class->name ? &*found : nullptr;
}

struct Closing {
  std::vector<model::UnitId> closed;
  std::vector<model::UnitId> going;              // of these, those that will not be there any more
  std::map<model::UnitId, std::string> changed;  // that go on: what of them becomes another
};

/// What a session that begins on it would find otherwise than was booked; empty: nothing.
std::string what_changes(const model::Pool& before, const model::Unit& was, const model::Pool& wanted,
                         const model::Unit& is) {
  std::string out;
  const auto tell = [&](std::string_view field, const auto& old, const auto& fresh) {
    if (old != fresh) out += fmt::format("{}{} was {}, is {}", out.empty() ? "" : ", ", field, old, fresh);
  };
  tell("kubernetes_name", before.find_node(was.node)->kubernetes_name,
       wanted.find_node(is.node)->kubernetes_name);
  tell("resource_name", was.resource_name, is.resource_name);
  tell("replicas", was.replicas, is.replicas);
  return out;
}

Closing closing_units(const model::Pool& before, const model::Pool& wanted) {
  Closing out;
  for (const auto& unit : before.units) {
    if (unit.retired) continue;
    const auto* after = wanted_unit(before, wanted, unit);
    if (after == nullptr) out.going.push_back(unit.id);
    if (after == nullptr || after->out_of_service) {
      out.closed.push_back(unit.id);
    } else if (auto what = what_changes(before, unit, wanted, *after); !what.empty()) {
      out.changed.emplace(unit.id, std::move(what));
    }
  }
  return out;
}

bool holds(const booking::Holding& holding, const std::vector<model::UnitId>& units) {
  return std::ranges::any_of(
      holding.units, [&](model::UnitId unit) { return std::ranges::find(units, unit) != units.end(); });
}

/// Nodes as large as they are going to be, so that nothing is moved to where there will be no room.
void resize_nodes(model::Pool& pool, const model::Pool& wanted) {
  for (auto& node : pool.nodes) {
    const auto* after = node_named(wanted, node.name);
    if (after == nullptr) continue;
    node.capacity = after->capacity;
    node.set_aside = after->set_aside;
  }
}

const booking::Holding* find_holding(const std::vector<booking::Holding>& holdings,
                                     const model::ReservationId& id) {
  const auto found =
      std::ranges::find_if(holdings, [&](const booking::Holding& one) { return one.reservation == id; });
  return found == holdings.end() ? nullptr : &*found;
}

std::vector<std::string> unit_names(const model::Pool& pool, const std::vector<model::UnitId>& units) {
  std::vector<std::string> names;
  names.reserve(units.size());
  for (const auto unit : units) names.push_back(pool.find_unit(unit)->name);
  return names;
}

AffectedBooking describe(const model::Pool& pool, const booking::Holding& held,
                         const booking::Evacuated& evacuated, const booking::Holding& after,
                         const std::vector<model::UnitId>& going) {
  AffectedBooking out;
  out.reservation = held.reservation;
  out.device_class = pool.find_class(held.device_class)->name;
  out.node = pool.find_node(held.node)->name;
  out.units = unit_names(pool, held.units);
  out.during = held.during;
  out.in_the_way = holds(held, going);
  if (evacuated.placed) {
    out.fate = Fate::kMovable;
    out.to_node = pool.find_node(after.node)->name;
    out.to_units = unit_names(pool, after.units);
  } else {
    out.why = evacuated.begun ? "It has begun."
                              : fmt::format("No other {} of {} {} free for all of that time.",
                                            held.units.size() == 1 ? "unit" : "units", out.device_class,
                                            held.units.size() == 1 ? "is" : "are");
  }
  return out;
}

/// Those that keep their units while these change under them.
void add_touched(const model::Pool& before, const booking::Snapshot& snapshot, const Closing& closing,
                 std::vector<AffectedBooking>& affected) {
  for (const auto& held : snapshot.holdings) {
    const bool told = std::ranges::any_of(
        affected, [&](const AffectedBooking& one) { return one.reservation == held.reservation; });
    std::string why;
    for (const auto unit : held.units) {
      const auto changed = closing.changed.find(unit);
      if (changed == closing.changed.end()) continue;
      why +=
          fmt::format("{}Of {} {}.", why.empty() ? "" : " ", before.find_unit(unit)->name, changed->second);
    }
    if (told || why.empty()) continue;
    AffectedBooking one;
    one.reservation = held.reservation;
    one.device_class = before.find_class(held.device_class)->name;
    one.node = before.find_node(held.node)->name;
    one.units = unit_names(before, held.units);
    one.during = held.during;
    one.why = std::move(why);
    affected.push_back(std::move(one));
  }
}

Status add_whose(pg::Connection& connection, std::vector<AffectedBooking>& affected) {
  std::vector<model::ReservationId> ids;
  ids.reserve(affected.size());
  for (const auto& one : affected) ids.push_back(one.reservation);
  const auto rows = connection.exec(kWhose, ids);
  if (!rows) return fail(within("look up whose bookings these are", rows.error()));
  std::map<model::ReservationId, AffectedBooking*> by_id;
  for (auto& one : affected) by_id.emplace(one.reservation, &one);
  for (const auto& row : *rows) {
    const auto found = by_id.find(row.get<model::ReservationId>("id"));
    if (found == by_id.end()) continue;
    found->second->name = row.get<std::string>("name");
    found->second->owner = row.get<std::string>("email");
    found->second->owner_id = row.get<model::UserId>("owner");
    found->second->team = row.get<std::optional<model::TeamId>>("team");
  }
  return {};
}

}  // namespace

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::kStays:
      return "stays";
    case Fate::kMovable:
      return "movable";
    case Fate::kMoved:
      return "moved";
  }
  return "stays";
}

bool closes_units(const model::Pool& before, const model::Pool& wanted) {
  return !closing_units(before, wanted).closed.empty();
}

Result<Outcome> affected_by(pg::Connection& connection, const model::Pool& before, const model::Pool& wanted,
                            const booking::Snapshot& snapshot, Instant now) {
  const auto closing = closing_units(before, wanted);
  auto planned = snapshot;
  resize_nodes(planned.pool, wanted);
  auto evacuation = booking::evacuate(std::move(planned), closing.closed, now);

  Outcome out;
  for (const auto& evacuated : evacuation.affected) {
    const auto* held = find_holding(snapshot.holdings, evacuated.reservation);
    const auto* after = find_holding(evacuation.after.holdings, evacuated.reservation);
    if (held == nullptr || after == nullptr) continue;
    out.affected.push_back(describe(before, *held, evacuated, *after, closing.going));
  }
  for (const auto& after : evacuation.after.holdings) {
    const auto* held = find_holding(snapshot.holdings, after.reservation);
    if (held != nullptr && held->units != after.units) out.moves.push_back({after.reservation, after.units});
  }
  out.holdings = std::move(evacuation.after.holdings);
  add_touched(before, snapshot, closing, out.affected);
  std::ranges::stable_sort(out.affected, {}, [](const AffectedBooking& one) { return one.during.start; });
  if (out.affected.empty()) return out;
  if (auto named = add_whose(connection, out.affected); !named) return fail(named.error());
  return out;
}

}  // namespace berth::store
