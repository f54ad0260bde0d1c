#include "booking/calendar.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <unordered_map>

namespace berth::booking {
namespace {

constexpr Window kAlways{Instant::min(), Instant::max()};

struct Place {
  std::size_t node;
  std::size_t lane;
};
using Places = std::unordered_map<model::UnitId, Place>;

/// A node's load as it changes; the three amounts change together, so they are sorted once.
struct LoadChange {
  Instant at;
  Load by;
};

void add_load(std::vector<LoadChange>& changes, const Holding& holding) {
  const Load load{{bounded_amount(holding.load.cpu.value)},
                  {bounded_amount(holding.load.memory.value)},
                  {bounded_amount(holding.load.storage.value)}};
  changes.push_back({holding.during.start, load});
  changes.push_back({holding.during.end, Load{} - load});
}

void set_load(NodeCalendar& node, std::vector<LoadChange> changes) {
  std::sort(changes.begin(), changes.end(),
            [](const LoadChange& a, const LoadChange& b) { return a.at < b.at; });
  const auto profile = [&](auto amount) {
    std::vector<LevelChange> one;
    one.reserve(changes.size());
    for (const LoadChange& change : changes) one.push_back({change.at, amount(change.by)});
    return Profile(std::move(one));
  };
  node.cpu = profile([](const Load& load) { return load.cpu.value; });
  node.memory = profile([](const Load& load) { return load.memory.value; });
  node.storage = profile([](const Load& load) { return load.storage.value; });
}

const Holding* find_own(const Snapshot& snapshot, const Wanted& wanted) {
  if (!wanted.replaces) return nullptr;
  const auto found =
      std::find_if(snapshot.holdings.begin(), snapshot.holdings.end(),
                   [&](const Holding& holding) { return holding.reservation == *wanted.replaces; });
  return found == snapshot.holdings.end() ? nullptr : &*found;
}

using Units = std::vector<const model::Unit*>;

/// The units of each node, by its place in the pool, by id.
std::vector<Units> units_by_node(const model::Pool& pool) {
  std::unordered_map<model::NodeId, std::size_t> index;
  for (std::size_t i = 0; i < pool.nodes.size(); ++i) index.emplace(pool.nodes[i].id, i);
  std::vector<Units> out(pool.nodes.size());
  for (const model::Unit& unit : pool.units) {
    if (const auto found = index.find(unit.node); found != index.end()) out[found->second].push_back(&unit);
  }
  for (Units& units : out) {
    std::sort(units.begin(), units.end(),
              [](const model::Unit* a, const model::Unit* b) { return a->id < b->id; });
  }
  return out;
}

/// For each of a node's units the places of its siblings.
std::vector<std::vector<std::size_t>> siblings_of(const Units& units) {
  std::vector<std::vector<std::size_t>> out(units.size());
  std::unordered_map<model::DeviceId, std::vector<std::size_t>> on_device;
  for (std::size_t i = 0; i < units.size(); ++i) {
    auto& others = on_device[units[i]->device];
    for (const std::size_t other : others) {
      if (!are_siblings(*units[i], *units[other])) continue;
      out[i].push_back(other);
      out[other].push_back(i);
    }
    others.push_back(i);
  }
  return out;
}

/// The wanted class and those that may have to give way to it, or to one that does.
std::vector<model::ClassId> classes_concerned(const Units& units,
                                              const std::vector<std::vector<std::size_t>>& siblings,
                                              model::ClassId wanted) {
  std::vector<model::ClassId> classes{wanted};
  const auto known = [&](model::ClassId id) {
    return std::find(classes.begin(), classes.end(), id) != classes.end();
  };
  for (std::size_t next = 0; next < classes.size(); ++next) {
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (units[i]->device_class != classes[next]) continue;
      for (const std::size_t other : siblings[i]) {
        if (!known(units[other]->device_class)) classes.push_back(units[other]->device_class);
      }
    }
  }
  return classes;
}

/// Lanes for the units of the classes concerned, without what is on them.
void lay_out(const Units& units, Window known, model::ClassId wanted, NodeCalendar& calendar) {
  const auto siblings = siblings_of(units);
  const auto classes = classes_concerned(units, siblings, wanted);
  constexpr auto kNone = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> lane_of(units.size(), kNone);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const model::Unit& unit = *units[i];
    if (std::find(classes.begin(), classes.end(), unit.device_class) == classes.end()) continue;
    lane_of[i] = calendar.lanes.size();
    Lane lane;
    lane.unit = unit.id;
    lane.device_class = unit.device_class;
    lane.device = unit.device;
    lane.placement = unit.placement;
    lane.before = known.start;
    lane.after = known.end;
    if (unit.retired || unit.out_of_service || calendar.node->retired) lane.faults.push_back(kAlways);
    if (unit.device_class == wanted) ++calendar.wanted_lanes;
    calendar.lanes.push_back(std::move(lane));
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (lane_of[i] == kNone) continue;
    // Every sibling's class is concerned too, so each has its lane.
    for (const std::size_t other : siblings[i]) calendar.lanes[lane_of[i]].siblings.push_back(lane_of[other]);
    calendar.layouts = calendar.layouts || !siblings[i].empty();
  }
}

/// One calendar for each node with units of the class, its lanes by unit id.
std::vector<NodeCalendar> empty_nodes(const Snapshot& snapshot, const Wanted& wanted) {
  std::vector<NodeCalendar> nodes;
  const auto units = units_by_node(snapshot.pool);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (std::none_of(units[i].begin(), units[i].end(),
                     [&](const model::Unit* unit) { return unit->device_class == wanted.device_class; })) {
      continue;
    }
    NodeCalendar& calendar = nodes.emplace_back();
    calendar.node = &snapshot.pool.nodes[i];
    calendar.wanted_class = wanted.device_class;
    lay_out(units[i], snapshot.known, wanted.device_class, calendar);
  }
  return nodes;
}

Places places_of(const std::vector<NodeCalendar>& nodes) {
  Places places;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    for (std::size_t lane = 0; lane < nodes[node].lanes.size(); ++lane) {
      places.emplace(nodes[node].lanes[lane].unit, Place{node, lane});
    }
  }
  return places;
}

/// What is left of `windows` outside `kept`.
std::vector<Window> outside(const std::vector<Window>& windows, Window kept) {
  std::vector<Window> out;
  for (const Window& window : windows) {
    out.push_back({window.start, std::min(window.end, kept.start)});
    out.push_back({std::max(window.start, kept.end), window.end});
  }
  return joined(std::move(out));
}

void add_faults(const Snapshot& snapshot, const Places& places, std::vector<NodeCalendar>& nodes) {
  for (const Blocked& blocked : snapshot.blocked) {
    const auto found = places.find(blocked.unit);
    if (found == places.end()) continue;
    NodeCalendar& node = nodes[found->second.node];
    Lane& lane = node.lanes[found->second.lane];
    lane.faults.push_back(blocked.during);
    for (const std::size_t sibling : lane.siblings) node.lanes[sibling].faults.push_back(blocked.during);
  }
  for (NodeCalendar& node : nodes) {
    for (Lane& lane : node.lanes) {
      lane.faults = joined(std::move(lane.faults));
      lane.faults_for_wanted = lane.faults;
    }
  }
}

void mark_own(const Holding& own, const Places& places, std::vector<NodeCalendar>& nodes) {
  for (const model::UnitId unit : own.units) {
    const auto found = places.find(unit);
    if (found == places.end()) continue;
    NodeCalendar& node = nodes[found->second.node];
    Lane& lane = node.lanes[found->second.lane];
    lane.own = true;
    lane.faults_for_wanted = outside(lane.faults, own.during);
    if (!own.movable) {
      if (!node.pinned) node.pinned.emplace();
      node.pinned->push_back(found->second.lane);
    }
  }
}

/// Calls `visit` for a lane and those that cannot be used while it is.
template <typename Visit>
void with_siblings(NodeCalendar& node, std::size_t lane, Visit visit) {
  visit(node.lanes[lane], false);
  for (const std::size_t sibling : node.lanes[lane].siblings) visit(node.lanes[sibling], true);
}

/// The holding's lanes by node. Units of one reservation are on one node, but rows are not trusted to say so.
void add_job(const Holding& holding, const Snapshot& snapshot, Window extent, const Places& places,
             std::vector<NodeCalendar>& nodes) {
  const bool overlaps = holding.during.overlaps(extent);
  std::optional<std::size_t> job_node;
  std::size_t lanes_found = 0;
  bool of_its_class = true;
  for (const model::UnitId unit : holding.units) {
    const auto found = places.find(unit);
    if (found == places.end()) continue;
    NodeCalendar& node = nodes[found->second.node];
    if (!overlaps) {
      with_siblings(node, found->second.lane, [&](Lane& lane, bool) {
        if (holding.during.end <= extent.start) lane.before = std::max(lane.before, holding.during.end);
        if (holding.during.start >= extent.end) lane.after = std::min(lane.after, holding.during.start);
      });
      continue;
    }
    if (job_node != found->second.node) {
      job_node = found->second.node;
      node.jobs.push_back({&holding, {}, false});
    }
    node.jobs.back().lanes.push_back(found->second.lane);
    with_siblings(node, found->second.lane, [&](Lane& lane, bool by_sibling) {
      lane.taken.push_back({holding.during, holding.during.end, node.jobs.size() - 1, by_sibling});
    });
    of_its_class = of_its_class && node.lanes[found->second.lane].device_class == holding.device_class;
    ++lanes_found;
  }
  if (!job_node) return;
  Job& job = nodes[*job_node].jobs.back();
  std::sort(job.lanes.begin(), job.lanes.end());
  const bool known = snapshot.known.start <= holding.during.start && holding.during.end <= snapshot.known.end;
  job.movable = holding.movable && known && of_its_class && nodes[*job_node].node->id == holding.node &&
                lanes_found == holding.units.size() && job.lanes.size() == holding.units.size();
}

/// Adds the times in which one of `taken` that counts lies on the lane, or a fault.
template <typename Counts>
void add_busy(const Lane& lane, Counts counts, std::vector<LevelChange>& changes) {
  std::vector<Window> busy = lane.faults_for_wanted;
  busy.reserve(busy.size() + lane.taken.size());
  for (const Taken& taken : lane.taken) {
    if (counts(taken)) busy.push_back(taken.during);
  }
  for (const Window& window : joined(std::move(busy))) add_change(changes, window, 1);
}

void finish_lanes(NodeCalendar& node) {
  std::vector<LevelChange> unavailable;
  std::vector<LevelChange> in_use;
  for (Lane& lane : node.lanes) {
    std::sort(lane.taken.begin(), lane.taken.end(), [](const Taken& a, const Taken& b) {
      return a.during.start != b.during.start ? a.during.start < b.during.start : a.job < b.job;
    });
    for (std::size_t i = 1; i < lane.taken.size(); ++i) {
      lane.taken[i].reach = std::max(lane.taken[i].reach, lane.taken[i - 1].reach);
    }
    if (!is_wanted(node, lane)) continue;
    add_busy(
        lane, [&](const Taken& taken) { return !taken.by_sibling || !node.jobs[taken.job].holding->movable; },
        unavailable);
    if (node.layouts) add_busy(lane, [](const Taken&) { return true; }, in_use);
  }
  node.unavailable = Profile(std::move(unavailable));
  node.in_use = node.layouts ? Profile(std::move(in_use)) : node.unavailable;
}

}  // namespace

Calendar make_calendar(const Snapshot& snapshot, const Wanted& wanted, Window extent) {
  Calendar calendar;
  calendar.own = find_own(snapshot, wanted);
  calendar.nodes = empty_nodes(snapshot, wanted);
  const Places places = places_of(calendar.nodes);
  add_faults(snapshot, places, calendar.nodes);
  if (calendar.own != nullptr) mark_own(*calendar.own, places, calendar.nodes);

  std::unordered_map<model::NodeId, std::size_t> index;
  for (std::size_t i = 0; i < calendar.nodes.size(); ++i) index.emplace(calendar.nodes[i].node->id, i);
  std::vector<std::vector<LoadChange>> loads(calendar.nodes.size());
  for (const Holding& holding : snapshot.holdings) {
    if (wanted.replaces && holding.reservation == *wanted.replaces) continue;
    if (holding.during.empty()) continue;
    add_job(holding, snapshot, extent, places, calendar.nodes);
    const auto node = index.find(holding.node);
    if (node == index.end() || !holding.during.overlaps(extent)) continue;
    add_load(loads[node->second], holding);
  }
  for (std::size_t i = 0; i < calendar.nodes.size(); ++i) {
    NodeCalendar& node = calendar.nodes[i];
    set_load(node, std::move(loads[i]));
    finish_lanes(node);
    if (node.pinned) std::sort(node.pinned->begin(), node.pinned->end());
  }
  // A started reservation stays where it runs: no other node can hold it.
  if (calendar.own != nullptr && !calendar.own->movable) {
    std::erase_if(calendar.nodes, [](const NodeCalendar& node) { return !node.pinned; });
  }
  return calendar;
}

bool is_wanted(const NodeCalendar& node, const Lane& lane) {
  return lane.device_class == node.wanted_class;
}

bool concerns(const NodeCalendar& node, model::ClassId device_class) {
  return std::any_of(node.lanes.begin(), node.lanes.end(),
                     [&](const Lane& lane) { return lane.device_class == device_class; });
}

bool excluded(const Lane& lane, const std::vector<std::size_t>& chosen) {
  return std::any_of(lane.siblings.begin(), lane.siblings.end(), [&](std::size_t sibling) {
    return std::find(chosen.begin(), chosen.end(), sibling) != chosen.end();
  });
}

bool any_overlaps(const std::vector<Window>& windows, Window window) {
  const auto at = std::partition_point(windows.begin(), windows.end(),
                                       [&](const Window& one) { return one.end <= window.start; });
  return at != windows.end() && at->start < window.end;
}

bool is_free(const Lane& lane, Window window) {
  if (any_overlaps(lane.faults_for_wanted, window)) return false;
  bool free = true;
  each_overlapping(lane, window, [&](const Taken&) { free = false; });
  return free;
}

void require_known(const Snapshot& snapshot, Window window) {
  if (!window.empty() && snapshot.known.start <= window.start && window.end <= snapshot.known.end) return;
  throw std::logic_error("booking: asked about " + format_rfc3339(window.start) + " to " +
                         format_rfc3339(window.end) + ", but the snapshot knows " +
                         format_rfc3339(snapshot.known.start) + " to " + format_rfc3339(snapshot.known.end));
}

}  // namespace berth::booking
