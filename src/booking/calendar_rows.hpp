// Reservations and their claims as rows, and what may be asked of them, for tests that compare what is
// decided in memory with what a database would have.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "booking/random_snapshot.hpp"

namespace berth::booking::testing {

inline constexpr Instant kNow = Instant(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)) + hours(2);

/// Reservations and their claims, as a database keeps them and SQL changes them: nothing of applied() in it.
class Rows {
 public:
  explicit Rows(const Snapshot& snapshot) : pool_(snapshot.pool), blocked_(snapshot.blocked) {
    for (const Holding& one : snapshot.holdings) {
      auto& row = rows_[one.reservation];
      row = {one, !one.movable, {}};
      for (const auto unit : one.units) row.claims.push_back({unit, one.during});
    }
  }

  void write(const Wanted& wanted, const Placement& placement, const model::ReservationId& id) {
    for (const Move& move : placement.moves) {
      auto& claims = rows_.at(move.reservation).claims;
      RC_ASSERT(claims.size() == move.units.size());
      for (std::size_t i = 0; i < claims.size(); ++i) claims[i].unit = move.units[i];
    }
    auto& row = rows_[id];
    row.about.device_class = wanted.device_class;
    row.about.load = wanted.load;
    row.about.during = {row.begun ? row.about.during.start : wanted.window.start, wanted.window.end};
    if (row.begun) {
      for (auto& claim : row.claims) claim.during.end = wanted.window.end;
    } else {
      row.claims.clear();
      for (const auto unit : placement.units) row.claims.push_back({unit, wanted.window});
    }
    row.begun = row.begun || row.about.during.start <= kNow;  // it begins at once
  }

  /// Canceled: its claims do not count any more.
  void give_up(const model::ReservationId& id) { rows_.erase(id); }

  void cut_short(const model::ReservationId& id, Instant end) {
    for (auto& claim : rows_.at(id).claims) claim.during.end = end;
  }

  Snapshot read(Window known, Instant now) const {
    Snapshot snapshot{pool_, {}, blocked_, known};
    for (const auto& [id, row] : rows_) {
      Holding holding = row.about;
      holding.reservation = id;
      holding.units.clear();
      for (const auto& claim : row.claims) {
        if (!claim.during.overlaps(known)) continue;
        holding.units.push_back(claim.unit);
        holding.node = pool_.find_unit(claim.unit)->node;
        holding.during = claim.during;
      }
      std::sort(holding.units.begin(), holding.units.end());
      holding.movable = !row.begun && row.about.during.start > now;
      if (!holding.units.empty()) snapshot.holdings.push_back(std::move(holding));
    }
    std::stable_sort(snapshot.holdings.begin(), snapshot.holdings.end(),
                     [](const Holding& a, const Holding& b) { return a.during.start < b.during.start; });
    return snapshot;
  }

 private:
  struct Claim {
    model::UnitId unit;
    Window during;
  };
  struct Row {
    Holding about;
    bool begun = false;
    std::vector<Claim> claims;
  };
  model::Pool pool_;
  std::vector<Blocked> blocked_;
  std::map<model::ReservationId, Row> rows_;
};

/// What runs began before now, everything else begins later.
inline Snapshot random_calendar(const Shape& shape) {
  auto snapshot = random_snapshot(shape);
  for (Holding& one : snapshot.holdings) {
    if (one.during.start <= kNow) one.movable = false;
  }
  return Rows(snapshot).read(snapshot.known, kNow);
}

struct Ask {
  Wanted wanted;
  model::ReservationId id;
};

/// A new reservation, or now and then an edit of one that is there.
inline Ask random_ask(const Snapshot& snapshot, const Shape& shape, int number) {
  Ask ask{random_wanted(shape), {"new-" + std::to_string(number)}};
  if (ask.wanted.window.start < kNow) ask.wanted.window.start = kNow;
  if (ask.wanted.window.empty()) ask.wanted.window.end = ask.wanted.window.start + hours(1);
  if (snapshot.holdings.empty() || random(0, 2) != 0) return ask;
  const auto& own =
      snapshot.holdings[static_cast<std::size_t>(random(0, static_cast<int>(snapshot.holdings.size()) - 1))];
  ask.id = own.reservation;
  ask.wanted.replaces = own.reservation;
  if (!own.movable) {
    ask.wanted.units = static_cast<int>(own.units.size());
    ask.wanted.window = {own.during.start, std::max(own.during.end, ask.wanted.window.end)};
  }
  return ask;
}

}  // namespace berth::booking::testing
