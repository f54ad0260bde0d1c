// Small random calendars for property tests: one node, whole hours, holdings that never overlap on a unit or
// its siblings.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "booking/test_pool.hpp"

namespace berth::booking::testing {

struct Shape {
  int units = 4;
  int holdings = 6;
  int hours = 8;
  int longest = 4;     // hours of a holding
  bool faults = true;  // blocked and out-of-service units
  /// What has started begins at hour 0, as in a calendar that looks from now on.
  bool started_from_left = false;
  std::int64_t load = 4;  // a holding's largest amount of each resource; the node has 10 of each
  bool layouts = false;   // units of both classes on few devices, whose placements overlap
};

/// At full size from the first case on: by itself inRange begins with numbers close to `from`.
inline int random(int from, int to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
}

inline Window random_window(int hours, int longest, bool from_left = false) {
  const int start = from_left ? 0 : random(0, hours - 1);
  return hours_of(start, random(start + 1, std::min(hours, start + longest)));
}

inline Load random_load(std::int64_t most) {
  const auto amount = [&]() { return std::int64_t{random(0, static_cast<int>(most))}; };
  return {{amount()}, {amount()}, {amount()}};
}

inline bool unit_is_free(const std::vector<Holding>& holdings, model::UnitId id, Window during) {
  return std::none_of(holdings.begin(), holdings.end(), [&](const Holding& one) {
    return one.during.overlaps(during) &&
           std::find(one.units.begin(), one.units.end(), id) != one.units.end();
  });
}

/// The unit itself, or a unit on slots of its device that it covers too.
inline bool exclude(const model::Pool& pool, model::UnitId a, model::UnitId b) {
  return a == b || are_siblings(*pool.find_unit(a), *pool.find_unit(b));
}

/// Free, and no sibling is held.
inline bool unit_is_usable(const Snapshot& snapshot, model::UnitId id, Window during) {
  return std::all_of(snapshot.pool.units.begin(), snapshot.pool.units.end(), [&](const model::Unit& other) {
    return !exclude(snapshot.pool, id, other.id) || unit_is_free(snapshot.holdings, other.id, during);
  });
}

/// Two devices of up to four slots and units anywhere on them, wholes now and then.
inline model::Unit random_layout(model::Unit unit) {
  const bool whole = random(0, 2) == 0;
  const int first = whole ? 0 : random(0, 3);
  unit.device_class = random(0, 5) == 0 ? (whole ? kSlice : kWhole) : whole ? kWhole : kSlice;
  return on(unit, random(1, 2), {first, whole ? 4 : random(first + 1, std::min(4, first + 2))});
}

inline Snapshot random_snapshot(const Shape& shape) {
  Snapshot snapshot;
  snapshot.pool = lab();
  snapshot.pool.nodes = {node(1, {{10}, {10}, {10}})};
  snapshot.pool.units.clear();
  for (int id = 1; id <= shape.units; ++id) {
    auto one = unit(id, kRack1, kSlice);
    one.out_of_service = shape.faults && random(0, 7) == 0;
    snapshot.pool.units.push_back(shape.layouts ? random_layout(one) : one);
  }
  snapshot.known = hours_of(0, shape.hours);
  for (int i = 0; i < shape.holdings; ++i) {
    Holding one;
    one.reservation = {"r" + std::to_string(i)};
    one.node = kRack1;
    one.device_class = shape.layouts && random(0, 2) == 0 ? kWhole : kSlice;
    one.movable = random(0, 5) != 0;
    one.during = random_window(shape.hours, shape.longest, shape.started_from_left && !one.movable);
    one.load = random_load(shape.load);
    const int count = random(0, 3) == 0 ? std::min(2, shape.units) : 1;
    const int first = random(0, shape.units - 1);
    for (int u = 0; u < shape.units && static_cast<int>(one.units.size()) < count; ++u) {
      const model::UnitId id{(first + u) % shape.units + 1};
      const bool apart = std::none_of(one.units.begin(), one.units.end(),
                                      [&](model::UnitId other) { return exclude(snapshot.pool, id, other); });
      const bool of_class = snapshot.pool.find_unit(id)->device_class == one.device_class;
      if (of_class && apart && unit_is_usable(snapshot, id, one.during)) one.units.push_back(id);
    }
    if (static_cast<int>(one.units.size()) == count) snapshot.holdings.push_back(std::move(one));
  }
  for (int i = shape.faults ? random(0, 2) : 0; i > 0; --i) {
    snapshot.blocked.push_back({model::UnitId{random(1, shape.units)}, random_window(shape.hours, 2)});
  }
  return snapshot;
}

inline Wanted random_wanted(const Shape& shape) {
  const int units = random(0, 3) == 0 ? random(1, std::min(3, shape.units)) : 1;
  Wanted out = wanted(units, random_window(shape.hours, 5));
  if (shape.layouts && random(0, 1) == 0) out.device_class = kWhole;
  out.load = random_load(shape.load);
  return out;
}

}  // namespace berth::booking::testing
