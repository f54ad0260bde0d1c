#include <algorithm>
#include <unordered_map>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/profile.hpp"

namespace berth::booking {
namespace {

/// What is reserved and what is out of service, as changes over time.
struct Changes {
  std::vector<Change> reserved;
  std::vector<Change> out_of_service;
};

Window clipped(Window window, Window range) {
  return {std::max(window.start, range.start), std::min(window.end, range.end)};
}

/// Segments between all instants at which either amount changes, so neighbours differ. Both are within
/// `total` by construction of the changes, so nothing free is below zero.
Series make_series(std::int64_t total, Changes changes, Window range) {
  const Profile reserved(std::move(changes.reserved));
  const Profile out_of_service(std::move(changes.out_of_service));
  std::vector<Instant> edges{range.start};
  const auto add_edges = [&](const Profile& profile) {
    for (const auto& level : profile.levels()) {
      if (level.from > range.start && level.from < range.end) edges.push_back(level.from);
    }
  };
  add_edges(reserved);
  add_edges(out_of_service);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());

  Series series{total, {}};
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const Window during{edges[i], i + 1 < edges.size() ? edges[i + 1] : range.end};
    const std::int64_t taken = reserved.highest(during).amount;
    const std::int64_t out = out_of_service.highest(during).amount;
    series.segments.push_back({during, total - taken - out, taken, out});
  }
  return series;
}

struct UnitTimes {
  std::vector<Window> claimed;
  std::vector<Window> blocked;
};

/// The parts of `blocked` in which nothing of `claimed` lies. Both sorted and joined.
void add_unclaimed(std::vector<Change>& changes, const std::vector<Window>& blocked,
                   const std::vector<Window>& claimed) {
  for (Window left : blocked) {
    for (const Window& claim : claimed) {
      if (claim.end <= left.start) continue;
      if (claim.start >= left.end) break;
      add_change(changes, {left.start, claim.start}, 1);
      left.start = claim.end;
      if (left.empty()) break;
    }
    add_change(changes, left, 1);
  }
}

using TimesByUnit = std::unordered_map<model::UnitId, UnitTimes>;

TimesByUnit times_by_unit(const Snapshot& snapshot, Window range) {
  TimesByUnit times;
  for (const Holding& holding : snapshot.holdings) {
    if (!holding.during.overlaps(range)) continue;
    for (const model::UnitId unit : holding.units)
      times[unit].claimed.push_back(clipped(holding.during, range));
  }
  for (const Blocked& blocked : snapshot.blocked) {
    if (blocked.during.overlaps(range)) times[blocked.unit].blocked.push_back(clipped(blocked.during, range));
  }
  return times;
}

Series class_series(const Snapshot& snapshot, TimesByUnit& times, model::ClassId device_class, Window range) {
  Changes changes;
  std::int64_t total = 0;
  for (const model::Unit& unit : snapshot.pool.units) {
    const model::Node* node = snapshot.pool.find_node(unit.node);
    if (unit.device_class != device_class || unit.retired || node == nullptr || node->retired) continue;
    ++total;
    UnitTimes& own = times[unit.id];
    if (unit.out_of_service) own.blocked.push_back(range);
    const auto claimed = joined(std::move(own.claimed));
    for (const Window& claim : claimed) add_change(changes.reserved, claim, 1);
    add_unclaimed(changes.out_of_service, joined(std::move(own.blocked)), claimed);
  }
  return make_series(total, std::move(changes), range);
}

/// The changes of a profile held within `most`: a node that shrank after it was booked shows as full, not as
/// more.
void add_capped(std::vector<Change>& changes, const Profile& profile, std::int64_t most) {
  std::int64_t before = 0;
  for (const auto& level : profile.levels()) {
    const std::int64_t amount = std::min(level.amount, most);
    if (amount != before) changes.push_back({level.from, amount - before});
    before = amount;
  }
}

Series load_series(const Snapshot& snapshot, Window range, std::int64_t (*amount_of)(const Load&)) {
  std::unordered_map<model::NodeId, std::vector<Change>> by_node;
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

Availability availability(const Snapshot& snapshot, Window range) {
  require_known(snapshot, range);
  Availability out;
  TimesByUnit times = times_by_unit(snapshot, range);
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
