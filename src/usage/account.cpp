#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>

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

Duration part_of_gpu(Duration unit_time, double gpu_share) {
  return Duration(std::llround(static_cast<double>(unit_time.count()) * gpu_share));
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

/// One over the other, or end to end, become one: what `blocked` lists may overlap.
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
using Times = std::map<Key, Duration>;

/// Between two neighbouring edges nothing changes, so that each stretch is one thing.
void add_unit(const Facts& facts, const Unit& unit, Window window, Times& times) {
  const auto blocked = joined(unit.blocked);
  std::vector<Instant> edges{window.start, window.end};
  add_edges(edges, unit.spans, window);
  add_edges(edges, unit.claims, window);
  add_edges(edges, blocked, window);
  add_edges(edges, facts.months, window);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());

  Cursor spans(unit.spans);
  Cursor claims(unit.claims);
  Cursor blocks(blocked);
  Cursor months(facts.months);
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const auto at = edges[i];
    const auto length = edges[i + 1] - at;
    const auto* month = months.at(at);
    const auto* claim = claims.at(at);
    const auto* span = spans.at(at);
    const auto* block = blocks.at(at);
    if (month == nullptr) throw std::logic_error("the months do not cover the period");
    const auto place = static_cast<std::size_t>(month - facts.months.data());
    if (claim != nullptr) {
      times[{place, Use::kHeld, claim->reservation, facts.reservations[claim->reservation].device_class}] +=
          length;
    } else if (span != nullptr) {
      const bool bookable = span->in_service && block == nullptr;
      times[{place, bookable ? Use::kIdle : Use::kOutOfService, 0, span->device_class}] += length;
    }
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
      if (key.use == Use::kHeld) cell.reservation = key.reservation;
      cell.unit_time = time;
      cell.gpu_time = part_of_gpu(time, class_of(facts, key.device_class).gpu_share);
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
      weights.push_back({cell->unit_time,
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
  for (const auto& unit : facts.units) add_unit(facts, unit, out.counted, times);
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
    (cell.use == Use::kOutOfService ? row.out_of_service : row.bookable) += cell.unit_time;
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
