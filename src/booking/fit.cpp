#include "booking/fit.hpp"

#include <algorithm>
#include <tuple>

namespace berth::booking {
namespace {

std::int64_t lanes_that_count(const NodeCalendar& node) {
  return static_cast<std::int64_t>(node.lanes.size());
}

void note(std::optional<Lack>& lack, Shortage::Resource resource, std::int64_t needed, std::int64_t total,
          Peak peak) {
  // A node that shrank after it was booked has less than nothing free; nobody is helped by that number.
  const std::int64_t free = std::max<std::int64_t>(total - peak.amount, 0);
  if (needed <= free) return;
  const double share = static_cast<double>(needed - free) / static_cast<double>(needed);
  if (!lack) lack = Lack{{resource, needed, free, peak.at}, 0, 0};
  ++lack->resources;
  lack->share = std::max(lack->share, share);
}

/// Free time left in the lane's gap once the window is in it. In hours as a number with a fraction: a sum
/// over many lanes of whole calendars stays far from any limit.
double hole_hours(const Lane& lane, Window window) {
  Instant before = lane.before;
  Instant after = lane.after;
  const auto look = [&](Window taken) {
    if (taken.end <= window.start) before = std::max(before, taken.end);
    if (taken.start >= window.end) after = std::min(after, taken.start);
  };
  for (const Taken& taken : lane.taken) look(taken.during);
  for (const Window& fault : lane.faults) look(fault);
  return std::chrono::duration<double, std::ratio<3600>>((window.start - before) + (after - window.end))
      .count();
}

/// The first instant of `window` at which a lane that is not free throughout is taken.
Instant taken_from(const Lane& lane, Window window) {
  Instant first = window.end;
  const auto look = [&](Window taken) {
    if (taken.overlaps(window)) first = std::min(first, std::max(taken.start, window.start));
  };
  each_overlapping(lane, window, [&](const Taken& taken) { look(taken.during); });
  for (const Window& fault : lane.faults_for_wanted) look(fault);
  return first;
}

}  // namespace

std::optional<Lack> lack(const NodeCalendar& node, const Wanted& wanted) {
  const Load total = node.node->bookable();
  std::optional<Lack> out;
  using Resource = Shortage::Resource;
  note(out, Resource::kUnits, wanted.units, lanes_that_count(node), node.unavailable.highest(wanted.window));
  note(out, Resource::kCpu, wanted.load.cpu.value, total.cpu.value, node.cpu.highest(wanted.window));
  note(out, Resource::kMemory, wanted.load.memory.value, total.memory.value,
       node.memory.highest(wanted.window));
  note(out, Resource::kStorage, wanted.load.storage.value, total.storage.value,
       node.storage.highest(wanted.window));
  return out;
}

bool fits_directly(const NodeCalendar& node, const Wanted& wanted) {
  const auto free = std::count_if(node.lanes.begin(), node.lanes.end(), [&](const Lane& lane) {
    return (!node.pinned || lane.own) && is_free(lane, wanted.window);
  });
  return free >= wanted.units;
}

Lack lack_of_lanes(const NodeCalendar& node, const Wanted& wanted) {
  std::int64_t free = 0;
  std::optional<Instant> first_taken;
  for (const Lane& lane : node.lanes) {
    if (node.pinned && !lane.own) continue;
    if (is_free(lane, wanted.window)) {
      ++free;
      continue;
    }
    const Instant taken = taken_from(lane, wanted.window);
    first_taken = std::min(first_taken.value_or(taken), taken);
  }
  free = std::min<std::int64_t>(free, wanted.units);
  // What runs cannot go elsewhere, so its own units are all that matters: they are free until this instant.
  const Instant at = node.pinned && first_taken ? *first_taken : node.unavailable.highest(wanted.window).at;
  const double share =
      static_cast<double>(wanted.units - free) / static_cast<double>(std::max(wanted.units, 1));
  return {{Shortage::Resource::kUnits, wanted.units, free, at}, 1, share};
}

std::optional<Instant> lacking_until(const NodeCalendar& node, const Wanted& wanted) {
  const Load total = node.node->bookable();
  std::optional<Instant> until;
  const auto look = [&](const Profile& profile, std::int64_t amount, std::int64_t needed) {
    if (needed <= 0) return;
    const auto end = profile.last_above(amount - bounded_amount(needed), wanted.window);
    if (end) until = std::max(until.value_or(*end), *end);
  };
  look(node.unavailable, lanes_that_count(node), wanted.units);
  look(node.cpu, total.cpu.value, wanted.load.cpu.value);
  look(node.memory, total.memory.value, wanted.load.memory.value);
  look(node.storage, total.storage.value, wanted.load.storage.value);
  return until;
}

std::optional<DirectFit> direct_fit(const NodeCalendar& node, const Wanted& wanted) {
  // Own lanes first, then tight gaps, then the lowest id (lanes are in that order). A lane with a fault that
  // an edit may bear comes last: elsewhere the reservation is better off.
  std::vector<std::tuple<int, double, std::size_t>> free;
  for (std::size_t i = 0; i < node.lanes.size(); ++i) {
    const Lane& lane = node.lanes[i];
    if (node.pinned && !lane.own) continue;
    if (!is_free(lane, wanted.window)) continue;
    const int rank = any_overlaps(lane.faults, wanted.window) ? 2 : lane.own ? 0 : 1;
    free.emplace_back(rank, hole_hours(lane, wanted.window), i);
  }
  const auto count = static_cast<std::size_t>(wanted.units);
  if (free.size() < count) return std::nullopt;
  std::sort(free.begin(), free.end());
  DirectFit out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [rank, hole, lane] = free[i];
    out.lanes.push_back(lane);
    out.hole_hours += hole;
    if (node.lanes[lane].own) ++out.kept;
  }
  std::sort(out.lanes.begin(), out.lanes.end());
  return out;
}

}  // namespace berth::booking
