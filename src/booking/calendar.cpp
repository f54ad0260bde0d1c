#include "booking/calendar.hpp"

#include <algorithm>
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
    std::vector<Change> one;
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

/// One calendar for each node with units of the class, its lanes by unit id.
std::vector<NodeCalendar> empty_nodes(const Snapshot& snapshot, const Wanted& wanted) {
  std::vector<NodeCalendar> nodes;
  for (const model::Node& node : snapshot.pool.nodes) {
    NodeCalendar calendar;
    calendar.node = &node;
    for (const model::Unit& unit : snapshot.pool.units) {
      if (unit.node != node.id || unit.device_class != wanted.device_class) continue;
      Lane lane;
      lane.unit = unit.id;
      lane.before = snapshot.known.start;
      lane.after = snapshot.known.end;
      if (unit.retired || unit.out_of_service || node.retired) lane.faults.push_back(kAlways);
      calendar.lanes.push_back(std::move(lane));
    }
    if (calendar.lanes.empty()) continue;
    std::sort(calendar.lanes.begin(), calendar.lanes.end(),
              [](const Lane& a, const Lane& b) { return a.unit < b.unit; });
    nodes.push_back(std::move(calendar));
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
    nodes[found->second.node].lanes[found->second.lane].faults.push_back(blocked.during);
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

/// The holding's lanes by node. Units of one reservation are on one node, but rows are not trusted to say so.
void add_job(const Holding& holding, const Snapshot& snapshot, const Wanted& wanted, Window extent,
             const Places& places, std::vector<NodeCalendar>& nodes) {
  const bool overlaps = holding.during.overlaps(extent);
  std::optional<std::size_t> job_node;
  std::size_t lanes_found = 0;
  for (const model::UnitId unit : holding.units) {
    const auto found = places.find(unit);
    if (found == places.end()) continue;
    NodeCalendar& node = nodes[found->second.node];
    Lane& lane = node.lanes[found->second.lane];
    if (!overlaps) {
      if (holding.during.end <= extent.start) lane.before = std::max(lane.before, holding.during.end);
      if (holding.during.start >= extent.end) lane.after = std::min(lane.after, holding.during.start);
      continue;
    }
    if (job_node != found->second.node) {
      job_node = found->second.node;
      node.jobs.push_back({&holding, {}, false});
    }
    node.jobs.back().lanes.push_back(found->second.lane);
    lane.taken.push_back({holding.during, holding.during.end, node.jobs.size() - 1});
    ++lanes_found;
  }
  if (!job_node) return;
  Job& job = nodes[*job_node].jobs.back();
  std::sort(job.lanes.begin(), job.lanes.end());
  const bool known = snapshot.known.start <= holding.during.start && holding.during.end <= snapshot.known.end;
  job.movable = holding.movable && known && holding.device_class == wanted.device_class &&
                nodes[*job_node].node->id == holding.node && lanes_found == holding.units.size() &&
                job.lanes.size() == holding.units.size();
}

void finish_lanes(NodeCalendar& node) {
  std::vector<Change> unavailable;
  for (Lane& lane : node.lanes) {
    std::sort(lane.taken.begin(), lane.taken.end(), [](const Taken& a, const Taken& b) {
      return a.during.start != b.during.start ? a.during.start < b.during.start : a.job < b.job;
    });
    std::vector<Window> busy;
    busy.reserve(lane.taken.size() + lane.faults_for_wanted.size());
    for (std::size_t i = 0; i < lane.taken.size(); ++i) {
      if (i > 0) lane.taken[i].reach = std::max(lane.taken[i].reach, lane.taken[i - 1].reach);
      busy.push_back(lane.taken[i].during);
    }
    busy.insert(busy.end(), lane.faults_for_wanted.begin(), lane.faults_for_wanted.end());
    for (const Window& window : joined(std::move(busy))) add_change(unavailable, window, 1);
  }
  node.unavailable = Profile(std::move(unavailable));
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
    add_job(holding, snapshot, wanted, extent, places, calendar.nodes);
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
