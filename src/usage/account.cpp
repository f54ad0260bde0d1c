#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include "booking/price.hpp"
#include "usage/split.hpp"
#include "usage/usage.hpp"

namespace berth::usage {
namespace {

const DeviceClass& class_of(const Facts& facts, model::ClassId id) {
  const auto found = std::find_if(facts.classes.begin(), facts.classes.end(),
                                  [&](const DeviceClass& item) { return item.id == id; });
  if (found == facts.classes.end()) throw std::logic_error("a unit's class is not among the facts");
  return *found;
}

Duration part_of(Duration time, double share) {
  return Duration(std::llround(static_cast<double>(time.count()) * share));
}

Window window_of(const Window& window) {
  return window;
}
template <typename T>
Window window_of(const T& item) {
  return item.during;
}

/// Walks a list in the order of time: what lies at an instant, asked for with instants that only grow.
template <typename T>
class Cursor {
 public:
  explicit Cursor(const std::vector<T>& items) : items_(items) {}
  const T* at(Instant instant) {
    while (next_ < items_.size() && window_of(items_[next_]).end <= instant) ++next_;
    return next_ < items_.size() && window_of(items_[next_]).start <= instant ? &items_[next_] : nullptr;
  }

 private:
  const std::vector<T>& items_;
  std::size_t next_ = 0;
};

template <typename T>
void add_edges(std::vector<Instant>& edges, const std::vector<T>& items, Window within) {
  for (const auto& item : items) {
    const auto window = window_of(item);
    for (const auto edge : {window.start, window.end}) {
      if (within.contains(edge)) edges.push_back(edge);
    }
  }
}

/// One over the other, or end to end, become one: what `kept` lists may overlap.
std::vector<Window> joined(std::vector<Window> windows) {
  std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) {
    return std::tie(a.start, a.end) < std::tie(b.start, b.end);
  });
  std::vector<Window> out;
  for (const auto& window : windows) {
    if (window.empty()) continue;
    if (!out.empty() && window.start <= out.back().end) {
      out.back().end = std::max(out.back().end, window.end);
    } else {
      out.push_back(window);
    }
  }
  return out;
}

struct Key {
  std::size_t month;
  Use use;
  std::size_t reservation;  // 0 where there is none
  model::ClassId device_class;
  auto operator<=>(const Key&) const = default;
};
struct Time {
  Duration unit{0};
  Duration device{0};
};
using Times = std::map<Key, Time>;

std::size_t month_at(const Facts& facts, Cursor<Month>& months, Instant at) {
  const auto* month = months.at(at);
  if (month == nullptr) throw std::logic_error("the months do not cover the period");
  return static_cast<std::size_t>(month - facts.months.data());
}

std::vector<Instant> in_order(std::vector<Instant> edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

/// One unit of a group as it is for a stretch of time.
struct Now {
  const Span* span = nullptr;
  const Claim* claim = nullptr;
  bool kept = false;
  bool blocked = false;
  bool keeps_device() const { return span != nullptr && (claim != nullptr || kept); }
  bool lies_over(int slot) const { return span->placement.first <= slot && slot < span->placement.end; }
};

/// How much of the unit's slots counts for it: a slot that is held counts for its holder alone, another one
/// for all that lie over it and are not blocked, each an even part.
double own_part(const std::vector<Now>& group, const Now& unit) {
  double slots = 0;
  for (int slot = unit.span->placement.first; slot < unit.span->placement.end; ++slot) {
    int sharing = 0;
    bool held = false;
    for (const Now& other : group) {
      if (other.span == nullptr || other.span->device != unit.span->device || !other.lies_over(slot))
        continue;
      held = held || other.claim != nullptr;
      sharing += other.blocked ? 0 : 1;
    }
    if (!held) slots += 1.0 / sharing;
  }
  return slots / unit.span->placement.length();
}

void mark_blocked(std::vector<Now>& group) {
  for (Now& unit : group) {
    if (unit.span == nullptr || !unit.span->in_service || unit.claim != nullptr || unit.kept) continue;
    unit.blocked = std::any_of(group.begin(), group.end(), [&](const Now& other) {
      return other.keeps_device() && other.span->device == unit.span->device &&
             other.span->placement.overlaps(unit.span->placement);
    });
  }
}

void add_stretch(const Facts& facts, const std::vector<Now>& group, std::size_t month, Duration length,
                 Times& times) {
  for (const Now& unit : group) {
    if (unit.claim != nullptr) {
      const auto device_class = facts.reservations[unit.claim->reservation].device_class;
      auto& time = times[{month, Use::kHeld, unit.claim->reservation, device_class}];
      time.unit += length;
      time.device += length;
      continue;
    }
    if (unit.span == nullptr) continue;
    const auto use = unit.blocked                          ? Use::kBlocked
                     : unit.span->in_service && !unit.kept ? Use::kIdle
                                                           : Use::kOutOfService;
    auto& time = times[{month, use, 0, unit.span->device_class}];
    time.unit += length;
    if (use == Use::kBlocked) continue;
    // A unit alone on its device has all of it.
    time.device += group.size() == 1 ? length : part_of(length, own_part(group, unit));
  }
}

/// Units that lie on one device at any time, or on devices that others of them lie on: what one of them is
/// says what another is. By place in Facts::units.
std::vector<std::vector<std::size_t>> groups_of(const Facts& facts) {
  std::vector<std::size_t> leader(facts.units.size());
  std::iota(leader.begin(), leader.end(), std::size_t{0});
  const auto find = [&](std::size_t place) {
    while (leader[place] != place) place = leader[place] = leader[leader[place]];
    return place;
  };
  std::map<model::DeviceId, std::size_t> on_device;
  for (std::size_t i = 0; i < facts.units.size(); ++i) {
    for (const Span& span : facts.units[i].spans) {
      leader[find(i)] = find(on_device.try_emplace(span.device, i).first->second);
    }
  }
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < facts.units.size(); ++i) groups[find(i)].push_back(i);
  std::vector<std::vector<std::size_t>> out;
  for (auto& [first, group] : groups) out.push_back(std::move(group));
  return out;
}

struct Cursors {
  Cursor<Span> spans;
  Cursor<Claim> claims;
  Cursor<Window> kept;
};

/// Between two neighbouring edges nothing changes, so that each unit is one thing for the whole stretch.
void add_group(const Facts& facts, const std::vector<std::size_t>& group, Window window, Times& times) {
  std::vector<std::vector<Window>> kept;
  kept.reserve(group.size());  // cursors point into it
  std::vector<Cursors> cursors;
  std::vector<Instant> edges{window.start, window.end};
  add_edges(edges, facts.months, window);
  for (const auto place : group) {
    const Unit& unit = facts.units[place];
    const auto& windows = kept.emplace_back(joined(unit.kept));
    cursors.push_back({Cursor(unit.spans), Cursor(unit.claims), Cursor(windows)});
    add_edges(edges, unit.spans, window);
    add_edges(edges, unit.claims, window);
    add_edges(edges, windows, window);
  }
  edges = in_order(std::move(edges));

  Cursor months(facts.months);
  std::vector<Now> now(group.size());
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    for (std::size_t k = 0; k < group.size(); ++k) {
      auto& [spans, claims, keeps] = cursors[k];
      now[k] = {spans.at(edges[i]), claims.at(edges[i]), keeps.at(edges[i]) != nullptr, false};
    }
    if (group.size() > 1) mark_blocked(now);
    add_stretch(facts, now, month_at(facts, months, edges[i]), edges[i + 1] - edges[i], times);
  }
}

std::vector<Cell> cells_of(const Facts& facts, const Times& times, Window window) {
  std::vector<Cell> cells;
  auto next = times.begin();
  for (std::size_t month = 0; month < facts.months.size(); ++month) {
    const bool counts = facts.months[month].during.overlaps(window);
    // Its cost is somebody's: that of a pool that stands idle.
    if (counts && (next == times.end() || next->first.month != month)) {
      cells.push_back({.month = month, .use = Use::kIdle, .device_class = {}, .reservation = {}, .cost = {}});
    }
    for (; next != times.end() && next->first.month == month; ++next) {
      const auto& [key, time] = *next;
      Cell cell;
      cell.month = month;
      cell.use = key.use;
      cell.device_class = key.device_class;
      cell.unit_time = time.unit;
      if (key.use == Use::kHeld) {
        cell.reservation = key.reservation;
        cell.booked = booking::price(facts.reservations[key.reservation].rate, 1, time.unit);
      }
      cell.device_time = time.device;
      cell.gpu_time = part_of(time.device, class_of(facts, key.device_class).gpu_share);
      cells.push_back(cell);
    }
  }
  return cells;
}

/// `cells` are in the order of months.
void add_costs(const Facts& facts, Window window, MoneyMicros total, std::vector<Cell>& cells) {
  std::vector<Weight> lengths;
  for (const auto& month : facts.months) {
    const Window part{std::max(month.during.start, window.start), std::min(month.during.end, window.end)};
    lengths.push_back({part.empty() ? Duration(0) : part.length()});
  }
  const auto of_month = split(total, lengths);
  for (auto first = cells.begin(); first != cells.end();) {
    const auto month = first->month;
    const auto last = std::find_if(first, cells.end(), [&](const Cell& cell) { return cell.month != month; });
    std::vector<Weight> weights;
    for (auto cell = first; cell != last; ++cell) {
      weights.push_back({cell->device_time,
                         cell->device_class ? gpu_parts(class_of(facts, *cell->device_class).gpu_share) : 0});
    }
    const auto costs = split(of_month[month], weights);
    for (const auto cost : costs) (first++)->cost = cost;
  }
}

}  // namespace

Window counted(const Facts& facts) {
  const Window happened{facts.period.start, std::min(facts.period.end, facts.now)};
  auto first = happened.end;
  const auto consider = [&](const Window& window) {
    if (window.overlaps(happened)) first = std::min(first, std::max(window.start, happened.start));
  };
  for (const auto& unit : facts.units) {
    for (const auto& span : unit.spans) consider(span.during);
    for (const auto& claim : unit.claims) consider(claim.during);
  }
  if (happened.empty() || first >= happened.end) return {facts.period.start, facts.period.start};
  return {first, happened.end};
}

MoneyMicros share_of_year(MoneyMicros annual, Duration length) {
  const Duration year = hours(kHoursPerYear);
  if (length <= Duration(0)) return {};
  // Of two parts the one with the larger remainder is rounded up, which is rounding to the nearest.
  const auto years = length / year;
  const Duration rest = length % year;
  const Weight parts[] = {{rest, 1}, {year - rest, 1}};
  return {annual.value * years + split(annual, parts).front().value};
}

Account account(const Facts& facts) {
  Account out;
  out.counted = counted(facts);
  if (facts.annual_cost) out.cost = share_of_year(*facts.annual_cost, out.counted.length());
  if (out.counted.empty()) return out;
  Times times;
  for (const auto& group : groups_of(facts)) add_group(facts, group, out.counted, times);
  out.cells = cells_of(facts, times, out.counted);
  if (out.cost) add_costs(facts, out.counted, *out.cost, out.cells);
  return out;
}

std::optional<double> ClassMonth::utilisation() const {
  if (bookable <= Duration(0)) return std::nullopt;
  return static_cast<double>(reserved.count()) / static_cast<double>(bookable.count());
}

std::vector<ClassMonth> reserved_utilisation(const Facts& facts, const Account& account,
                                             const std::vector<model::ClassId>& always) {
  std::map<std::pair<std::size_t, model::ClassId>, ClassMonth> found;
  for (const auto& cell : account.cells) {
    if (!cell.device_class) continue;
    auto& row = found[{cell.month, *cell.device_class}];
    if (cell.use == Use::kHeld) row.reserved += cell.unit_time;
    auto& of = cell.use == Use::kOutOfService ? row.out_of_service
               : cell.use == Use::kBlocked    ? row.blocked
                                              : row.bookable;
    of += cell.unit_time;
  }
  std::vector<ClassMonth> out;
  for (std::size_t month = 0; month < facts.months.size(); ++month) {
    for (const auto& device_class : facts.classes) {
      const auto row = found.find({month, device_class.id});
      const bool asked = std::find(always.begin(), always.end(), device_class.id) != always.end();
      if (row == found.end() && !asked) continue;
      out.push_back(row == found.end() ? ClassMonth{} : row->second);
      out.back().month = month;
      out.back().device_class = device_class.id;
    }
  }
  return out;
}

}  // namespace berth::usage
