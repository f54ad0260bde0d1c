#include <algorithm>
#include <unordered_map>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/profile.hpp"

namespace berth::booking {
namespace {

/// What is not free and why, as changes over time.
struct Changes {
  std::vector<LevelChange> reserved;
  std::vector<LevelChange> blocked;
  std::vector<LevelChange> out_of_service;
};

Window clipped(Window window, Window range) {
  return {std::max(window.start, range.start), std::min(window.end, range.end)};
}

/// Segments between all instants at which an amount changes, so neighbours differ. Together they are within
/// `total` by construction of the changes, so nothing free is below zero.
Series make_series(std::int64_t total, Changes changes, Window range) {
  const Profile reserved(std::move(changes.reserved));
  const Profile blocked(std::move(changes.blocked));
  const Profile out_of_service(std::move(changes.out_of_service));
  std::vector<Instant> edges{range.start};
  const auto add_edges = [&](const Profile& profile) {
    for (const auto& level : profile.levels()) {
      if (level.from > range.start && level.from < range.end) edges.push_back(level.from);
    }
  };
  for (const Profile* profile : {&reserved, &blocked, &out_of_service}) add_edges(*profile);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());

  Series series{total, {}};
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const Window during{edges[i], i + 1 < edges.size() ? edges[i + 1] : range.end};
    const std::int64_t taken = reserved.highest(during).amount;
    const std::int64_t barred = blocked.highest(during).amount;
    const std::int64_t out = out_of_service.highest(during).amount;
    series.segments.push_back({during, total - taken - barred - out, taken, out, barred});
  }
  return series;
}

/// The parts of `windows` outside `others`. Both sorted and joined, and so is what is left.
std::vector<Window> less(const std::vector<Window>& windows, const std::vector<Window>& others) {
  std::vector<Window> out;
  for (Window left : windows) {
    for (const Window& other : others) {
      if (other.end <= left.start) continue;
      if (other.start >= left.end) break;
      if (left.start < other.start) out.push_back({left.start, other.start});
      left.start = other.end;
      if (left.empty()) break;
    }
    if (!left.empty()) out.push_back(left);
  }
  return out;
}

/// What each unit is, by place in Pool::units; none at one time with another.
struct UnitTimes {
  TimesOfUnits claimed;
  TimesOfUnits out_of_service;
  TimesOfUnits blocked;
};

UnitTimes times_of_units(const Snapshot& snapshot, Window range) {
  const auto& units = snapshot.pool.units;
  std::unordered_map<model::UnitId, std::size_t> places;
  for (std::size_t i = 0; i < units.size(); ++i) places.emplace(units[i].id, i);
  const auto add = [&](TimesOfUnits& times, model::UnitId unit, Window during) {
    const auto place = places.find(unit);
    if (place != places.end() && during.overlaps(range))
      times[place->second].push_back(clipped(during, range));
  };
  UnitTimes times{TimesOfUnits(units.size()), TimesOfUnits(units.size()), {}};
  auto& out = times.out_of_service;
  for (const Holding& holding : snapshot.holdings) {
    for (const model::UnitId unit : holding.units) add(times.claimed, unit, holding.during);
  }
  for (const Blocked& hold : snapshot.blocked) add(out, hold.unit, hold.during);
  auto kept = times.claimed;
  for (std::size_t i = 0; i < units.size(); ++i) {
    kept[i].insert(kept[i].end(), out[i].begin(), out[i].end());
    times.claimed[i] = joined(std::move(times.claimed[i]));
    if (units[i].out_of_service) out[i] = {range};
    out[i] = less(joined(std::move(out[i])), times.claimed[i]);
  }
  times.blocked = blocked_times(snapshot.pool, std::move(kept));
  for (std::size_t i = 0; i < units.size(); ++i) times.blocked[i] = less(times.blocked[i], out[i]);
  return times;
}

Series class_series(const Snapshot& snapshot, const UnitTimes& times, model::ClassId device_class,
                    Window range) {
  Changes changes;
  std::int64_t total = 0;
  const auto add = [](std::vector<LevelChange>& to, const std::vector<Window>& windows) {
    for (const Window& window : windows) add_change(to, window, 1);
  };
  for (std::size_t i = 0; i < snapshot.pool.units.size(); ++i) {
    const model::Unit& unit = snapshot.pool.units[i];
    const model::Node* node = snapshot.pool.find_node(unit.node);
    if (unit.device_class != device_class || unit.retired || node == nullptr || node->retired) continue;
    ++total;
    add(changes.reserved, times.claimed[i]);
    add(changes.blocked, times.blocked[i]);
    add(changes.out_of_service, times.out_of_service[i]);
  }
  return make_series(total, std::move(changes), range);
}

/// The changes of a profile held within `most`: a node that shrank after it was booked shows as full, not as
/// more.
void add_capped(std::vector<LevelChange>& changes, const Profile& profile, std::int64_t most) {
  std::int64_t before = 0;
  for (const auto& level : profile.levels()) {
    const std::int64_t amount = std::min(level.amount, most);
    if (amount != before) changes.push_back({level.from, amount - before});
    before = amount;
  }
}

Series load_series(const Snapshot& snapshot, Window range, std::int64_t (*amount_of)(const Load&)) {
  std::unordered_map<model::NodeId, std::vector<LevelChange>> by_node;
  for (const Holding& holding : snapshot.holdings) {
    if (!holding.during.overlaps(range)) continue;
    add_change(by_node[holding.node], clipped(holding.during, range),
               bounded_amount(amount_of(holding.load)));
  }
  Changes changes;
  std::int64_t total = 0;
  for (const model::Node& node : snapshot.pool.nodes) {
    if (node.retired) continue;
    const std::int64_t bookable = std::max<std::int64_t>(amount_of(node.bookable()), 0);
    total += bookable;
    add_capped(changes.reserved, Profile(std::move(by_node[node.id])), bookable);
  }
  return make_series(total, std::move(changes), range);
}

}  // namespace

TimesOfUnits blocked_times(const model::Pool& pool, TimesOfUnits kept) {
  for (auto& windows : kept) windows = joined(std::move(windows));
  const auto siblings = pool.siblings();
  TimesOfUnits out(pool.units.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<Window> by_siblings;
    for (const std::size_t sibling : siblings[i]) {
      by_siblings.insert(by_siblings.end(), kept[sibling].begin(), kept[sibling].end());
    }
    out[i] = less(joined(std::move(by_siblings)), kept[i]);
  }
  return out;
}

Availability availability(const Snapshot& snapshot, Window range) {
  require_known(snapshot, range);
  Availability out;
  const UnitTimes times = times_of_units(snapshot, range);
  for (const model::DeviceClass& device_class : snapshot.pool.classes) {
    if (device_class.retired) continue;
    out.classes.push_back({device_class.id, class_series(snapshot, times, device_class.id, range)});
  }
  out.cpu = load_series(snapshot, range, [](const Load& load) { return load.cpu.value; });
  out.memory = load_series(snapshot, range, [](const Load& load) { return load.memory.value; });
  out.storage = load_series(snapshot, range, [](const Load& load) { return load.storage.value; });
  return out;
}

}  // namespace berth::booking
