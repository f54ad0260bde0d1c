#include "booking/fit.hpp"

#include <algorithm>
#include <compare>

namespace berth::booking {
namespace {

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

bool may_take(const NodeCalendar& node, const Lane& lane) {
  return is_wanted(node, lane) && (!node.pinned || lane.own);
}

/// How many of the free lanes can be used together. Among stretches of one device, taking the one that ends
/// first, again and again, takes as many as there can be.
std::int64_t free_together(const NodeCalendar& node, Window window) {
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < node.lanes.size(); ++i) {
    if (may_take(node, node.lanes[i]) && is_free(node.lanes[i], window)) free.push_back(i);
  }
  if (!node.layouts) return static_cast<std::int64_t>(free.size());
  std::sort(free.begin(), free.end(), [&](std::size_t a, std::size_t b) {
    return node.lanes[a].placement.end < node.lanes[b].placement.end;
  });
  std::vector<std::size_t> chosen;
  for (const std::size_t lane : free) {
    if (!excluded(node.lanes[lane], chosen)) chosen.push_back(lane);
  }
  return static_cast<std::int64_t>(chosen.size());
}

/// Siblings that are free themselves, and would not be any more.
std::size_t newly_blocked(const NodeCalendar& node, const Lane& lane, Window window,
                          const std::vector<std::size_t>& chosen) {
  return static_cast<std::size_t>(
      std::count_if(lane.siblings.begin(), lane.siblings.end(), [&](std::size_t sibling) {
        const Lane& other = node.lanes[sibling];
        return is_free(other, window) && !excluded(other, chosen);
      }));
}

/// A lane that could be taken. The least of them is the best: own lanes first, then those that block the
/// fewest others, then tight gaps, then the lowest id. A lane with a fault that an edit may bear comes last:
/// elsewhere the reservation is better off.
struct Choice {
  int rank = 0;
  std::size_t blocks = 0;
  double hole = 0;
  std::size_t lane = 0;
  auto operator<=>(const Choice&) const = default;
};

}  // namespace

std::optional<Lack> lack(const NodeCalendar& node, const Wanted& wanted) {
  const Load total = node.node->bookable();
  std::optional<Lack> out;
  using Resource = Shortage::Resource;
  note(out, Resource::kUnits, wanted.units, node.wanted_lanes, node.unavailable.highest(wanted.window));
  note(out, Resource::kCpu, wanted.load.cpu.value, total.cpu.value, node.cpu.highest(wanted.window));
  note(out, Resource::kMemory, wanted.load.memory.value, total.memory.value,
       node.memory.highest(wanted.window));
  note(out, Resource::kStorage, wanted.load.storage.value, total.storage.value,
       node.storage.highest(wanted.window));
  return out;
}

bool fits_directly(const NodeCalendar& node, const Wanted& wanted) {
  return free_together(node, wanted.window) >= wanted.units;
}

Lack lack_of_lanes(const NodeCalendar& node, const Wanted& wanted) {
  std::optional<Instant> first_taken;
  for (const Lane& lane : node.lanes) {
    if (!may_take(node, lane) || is_free(lane, wanted.window)) continue;
    const Instant taken = taken_from(lane, wanted.window);
    first_taken = std::min(first_taken.value_or(taken), taken);
  }
  const auto free = std::min<std::int64_t>(free_together(node, wanted.window), wanted.units);
  // What runs cannot go elsewhere, so its own units are all that matters: they are free until this instant.
  const Instant at = node.pinned && first_taken ? *first_taken : node.in_use.highest(wanted.window).at;
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
  look(node.unavailable, node.wanted_lanes, wanted.units);
  look(node.cpu, total.cpu.value, wanted.load.cpu.value);
  look(node.memory, total.memory.value, wanted.load.memory.value);
  look(node.storage, total.storage.value, wanted.load.storage.value);
  return until;
}

std::optional<DirectFit> direct_fit(const NodeCalendar& node, const Wanted& wanted) {
  std::vector<Choice> free;
  for (std::size_t i = 0; i < node.lanes.size(); ++i) {
    const Lane& lane = node.lanes[i];
    if (!may_take(node, lane) || !is_free(lane, wanted.window)) continue;
    const int rank = any_overlaps(lane.faults, wanted.window) ? 2 : lane.own ? 0 : 1;
    free.push_back({rank, 0, hole_hours(lane, wanted.window), i});
  }
  const auto count = static_cast<std::size_t>(wanted.units);
  if (free.size() < count) return std::nullopt;
  std::sort(free.begin(), free.end());
  DirectFit out;
  while (out.lanes.size() < count) {
    // What a lane blocks changes with each that is taken before it, and siblings of that one are gone.
    if (node.layouts) {
      std::erase_if(free, [&](const Choice& one) { return excluded(node.lanes[one.lane], out.lanes); });
      for (Choice& one : free) {
        one.blocks = newly_blocked(node, node.lanes[one.lane], wanted.window, out.lanes);
      }
      std::sort(free.begin(), free.end());
      if (free.empty()) return std::nullopt;
    }
    const Choice best = free.front();
    free.erase(free.begin());
    out.lanes.push_back(best.lane);
    out.blocks += best.blocks;
    out.hole_hours += best.hole;
    if (node.lanes[best.lane].own) ++out.kept;
  }
  std::sort(out.lanes.begin(), out.lanes.end());
  return out;
}

}  // namespace berth::booking
