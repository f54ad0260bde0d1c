#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "usage/usage.hpp"

namespace berth::usage {
namespace {

struct ByName {
  By by;
  std::string_view name;
};
constexpr std::array kByNames{ByName{By::kSession, "session"}, ByName{By::kOwner, "owner"},
                              ByName{By::kTeam, "team"}, ByName{By::kClass, "class"},
                              ByName{By::kMonth, "month"}};

void add(Row& row, const Cell& cell) {
  row.unit_time += cell.unit_time;
  row.gpu_time += cell.gpu_time;
  row.booked = row.booked + cell.booked;
  if (cell.cost) row.cost = row.cost.value_or(MoneyMicros{}) + *cell.cost;
}

Row empty_row(const Account& account) {
  Row row;
  if (account.cost) row.cost = MoneyMicros{};
  return row;
}

/// Rows are in the order of these: a number that sorts, then a text.
using Place = std::pair<std::int64_t, std::string>;

struct Placed {
  Place place;
  Row row;
};

/// The row that a held cell belongs to, still without figures.
Placed place_of(const Facts& facts, const Cell& cell, By by) {
  const auto& reservation = facts.reservations[*cell.reservation];
  Placed out;
  switch (by) {
    case By::kSession:
      out.row.key = reservation.id.value;
      out.row.reservation = cell.reservation;
      out.place.first = -reservation.held.start.time_since_epoch().count();
      break;
    case By::kOwner:
      out.row.key = reservation.owner_email;
      break;
    case By::kTeam:
      out.row.key = reservation.team_name;
      out.place.first = reservation.team ? 0 : 1;
      break;
    case By::kClass: {
      const auto found =
          std::find_if(facts.classes.begin(), facts.classes.end(),
                       [&](const DeviceClass& item) { return item.id == reservation.device_class; });
      out.row.key = found->name;
      out.place.first = found - facts.classes.begin();
      break;
    }
    case By::kMonth:
      out.row.key = facts.months[cell.month].name;
      out.row.provisional = facts.months[cell.month].provisional;
      out.place.first = static_cast<std::int64_t>(cell.month);
      break;
  }
  out.place.second = out.row.key;
  return out;
}

}  // namespace

std::string_view to_string(By by) {
  for (const auto& [value, name] : kByNames) {
    if (value == by) return name;
  }
  return "unknown";
}

std::optional<By> parse_by(std::string_view text) {
  for (const auto& [value, name] : kByNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::vector<std::string> booked_currencies(const Facts& facts, const Account& account) {
  std::set<std::string> found;
  for (const auto& cell : account.cells) {
    if (cell.reservation) found.insert(facts.reservations[*cell.reservation].currency);
  }
  return {found.begin(), found.end()};
}

Table table(const Facts& facts, const Account& account, By by) {
  Table out{.rows = {},
            .others = {},
            .idle = empty_row(account),
            .blocked = {},
            .out_of_service = {},
            .total = empty_row(account)};
  const bool names_nobody = by == By::kClass || by == By::kMonth;
  std::map<Place, Row> rows;
  if (by == By::kMonth) {  // one in which nobody held anything is told too
    for (std::size_t month = 0; month < facts.months.size(); ++month) {
      const auto& it = facts.months[month];
      if (!it.during.overlaps(account.counted)) continue;
      auto& row =
          rows.try_emplace({static_cast<std::int64_t>(month), it.name}, empty_row(account)).first->second;
      row.key = it.name;
      row.provisional = it.provisional;
    }
  }
  const auto beside = [&](std::optional<Row>& row) -> Row& {
    return row ? *row : row.emplace(empty_row(account));
  };
  for (const auto& cell : account.cells) {
    add(out.total, cell);
    if (cell.use == Use::kIdle) {
      add(out.idle, cell);
    } else if (cell.use == Use::kBlocked) {
      add(beside(out.blocked), cell);
    } else if (cell.use == Use::kOutOfService) {
      add(beside(out.out_of_service), cell);
    } else if (names_nobody || facts.reservations[*cell.reservation].visible) {
      auto placed = place_of(facts, cell, by);
      add(rows.try_emplace(std::move(placed.place), std::move(placed.row)).first->second, cell);
    } else {
      add(beside(out.others), cell);
    }
  }
  for (auto& [place, row] : rows) out.rows.push_back(std::move(row));
  return out;
}

}  // namespace berth::usage
