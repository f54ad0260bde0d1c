// A pool and rows for tests: one node "rack-1" with four slices (ids 1 to 4) and one whole GPU (id 5), each
// on a device of its own unless a test lays them out otherwise, half-hour steps, 122 cores, 740 GiB of memory
// and 2,790 GiB of storage to book. Hours are counted from 2026-11-24T00:00:00Z.
#pragma once

#include <string>
#include <vector>

#include "booking/booking.hpp"

namespace berth::booking::testing {

inline constexpr model::ClassId kSlice{1};
inline constexpr model::ClassId kWhole{2};
inline constexpr model::NodeId kRack1{1};

inline Instant hour(double count) {
  const auto day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  return Instant(day) +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::ratio<3600>>(count));
}
inline Window hours_of(double from, double to) {
  return {hour(from), hour(to)};
}

inline std::vector<model::UnitId> ids(std::initializer_list<std::int64_t> values) {
  std::vector<model::UnitId> out;
  for (const std::int64_t value : values) out.push_back({value});
  return out;
}

inline model::Unit unit(std::int64_t id, model::NodeId node, model::ClassId device_class) {
  model::Unit out;
  out.id = {id};
  out.node = node;
  out.device_class = device_class;
  out.name = "unit-" + std::to_string(id);
  out.device = {id};
  return out;
}

/// On slots of a device: units of several layouts may lie on one.
inline model::Unit on(model::Unit unit, std::int64_t device, model::PlacementRange placement) {
  unit.device = {device};
  unit.placement = placement;
  return unit;
}

inline model::Node node(std::int64_t id, Load capacity, Load set_aside = {}) {
  model::Node out;
  out.id = {id};
  out.name = "rack-" + std::to_string(id);
  out.capacity = capacity;
  out.set_aside = set_aside;
  return out;
}

inline model::DeviceClass device_class(model::ClassId id, std::string name, Load defaults) {
  model::DeviceClass out;
  out.id = id;
  out.name = std::move(name);
  out.defaults = defaults;
  return out;
}

inline model::Pool lab() {
  model::Pool pool;
  pool.id = {1};
  pool.name = "lab";
  pool.nodes = {node(1, {{127'000}, {754}, {2'887}}, {{5'000}, {14}, {97}})};
  pool.classes = {device_class(kSlice, "slice-24gb", {{15'000}, {92}, {558}}),
                  device_class(kWhole, "whole-96gb", {{62'000}, {372}, {558}})};
  for (std::int64_t id = 1; id <= 4; ++id) pool.units.push_back(unit(id, kRack1, kSlice));
  pool.units.push_back(unit(5, kRack1, kWhole));
  return pool;
}

/// The lab with one GPU that is on offer whole (id 5) and as four slices (ids 1 to 4).
inline model::Pool one_gpu_two_layouts() {
  model::Pool pool = lab();
  for (model::Unit& one : pool.units) {
    const int slot = static_cast<int>(one.id.value) - 1;
    one = slot < 4 ? on(one, 1, {slot, slot + 1}) : on(one, 1, {0, 4});
  }
  return pool;
}

inline Snapshot snapshot_of(model::Pool pool) {
  Snapshot snapshot;
  snapshot.pool = std::move(pool);
  snapshot.known = hours_of(0, 1000);
  return snapshot;
}

/// A holding of slices on rack-1 without load, movable.
inline Holding holding(std::string reservation, std::initializer_list<std::int64_t> units, Window during) {
  Holding out;
  out.reservation = {std::move(reservation)};
  out.node = kRack1;
  out.device_class = kSlice;
  out.units = ids(units);
  out.during = during;
  out.movable = true;
  return out;
}
inline Holding of_whole(Holding one) {
  one.device_class = kWhole;
  return one;
}
inline Holding started(Holding one) {
  one.movable = false;
  return one;
}
inline Holding with_load(Holding one, Load load) {
  one.load = load;
  return one;
}

/// Slices without load.
inline Wanted wanted(int units, Window window) {
  Wanted out;
  out.device_class = kSlice;
  out.units = units;
  out.window = window;
  return out;
}

inline Wanted wanted_whole(int units, Window window) {
  Wanted out = wanted(units, window);
  out.device_class = kWhole;
  return out;
}

}  // namespace berth::booking::testing
