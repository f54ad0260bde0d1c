// Wishes decided in a round, each on what the earlier ones change in memory, against the same ones decided
// one by one, each written to rows and read again.
#include "booking/changes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "booking/calendar_rows.hpp"

namespace berth::booking {
namespace {

using namespace testing;

struct GiveUp {
  model::ReservationId id;
};
struct CutOff {
  model::ReservationId id;
  Instant end;
};
struct Place {
  Ask ask;
  Window known;  // what is read for it
};
using Deed = std::variant<Place, GiveUp, CutOff>;

/// A part of the calendar around what is asked for.
Window around(const Wanted& wanted, const Window& all) {
  return {std::max(all.start, wanted.window.start - hours(random(0, 3))),
          std::min(all.end, wanted.window.end + hours(random(0, 3)))};
}

/// No two are about the same reservation, as in a round.
std::vector<Deed> random_deeds(const Snapshot& calendar, const Shape& shape) {
  std::vector<Deed> deeds;
  auto rest = calendar;
  const int count = random(2, 8);
  for (int number = 1; number <= count; ++number) {
    const int kind = rest.holdings.empty() ? 0 : random(0, 3);
    if (kind == 0 || kind == 3) {
      auto ask = random_ask(rest, shape, number);
      std::erase_if(rest.holdings, [&](const Holding& one) { return one.reservation == ask.id; });
      const auto known = around(ask.wanted, calendar.known);
      deeds.emplace_back(Place{std::move(ask), known});
      continue;
    }
    const auto at = static_cast<std::size_t>(random(0, static_cast<int>(rest.holdings.size()) - 1));
    const auto one = rest.holdings[at];
    rest.holdings.erase(rest.holdings.begin() + static_cast<std::ptrdiff_t>(at));
    if (one.movable) {
      deeds.emplace_back(GiveUp{one.reservation});
    } else if (one.during.end > kNow) {
      deeds.emplace_back(CutOff{one.reservation, std::max(kNow, one.during.start + hours(1))});
    }
  }
  return deeds;
}

/// As the store does it: what is edited and has not begun may go elsewhere.
bool own_may_move(const Snapshot& calendar, const Ask& ask) {
  const auto own = std::ranges::find(calendar.holdings, ask.id, &Holding::reservation);
  return own != calendar.holdings.end() && own->movable;
}

std::vector<Verdict> one_by_one(const Snapshot& calendar, const std::vector<Deed>& deeds, Rows& rows) {
  std::vector<Verdict> verdicts;
  for (const auto& deed : deeds) {
    if (const auto* placing = std::get_if<Place>(&deed)) {
      verdicts.push_back(place(rows.read(placing->known, kNow), placing->ask.wanted));
      if (const auto* placement = std::get_if<Placement>(&verdicts.back()))
        rows.write(placing->ask.wanted, *placement, placing->ask.id);
    } else if (const auto* given_up = std::get_if<GiveUp>(&deed)) {
      rows.give_up(given_up->id);
    } else {
      rows.cut_short(std::get<CutOff>(deed).id, std::get<CutOff>(deed).end);
    }
  }
  static_cast<void>(calendar);
  return verdicts;
}

std::vector<Verdict> in_a_round(const Snapshot& calendar, const std::vector<Deed>& deeds, const Rows& rows,
                                std::vector<Change>& changes) {
  std::vector<Verdict> verdicts;
  for (const auto& deed : deeds) {
    if (const auto* placing = std::get_if<Place>(&deed)) {
      auto snapshot = rows.read(placing->known, kNow);  // as it was before the round
      for (const auto& change : changes) snapshot = changed(std::move(snapshot), change, kNow);
      verdicts.push_back(place(snapshot, placing->ask.wanted));
      if (const auto* placement = std::get_if<Placement>(&verdicts.back())) {
        changes.emplace_back(
            Placed{placing->ask.wanted, *placement, placing->ask.id, own_may_move(calendar, placing->ask)});
      }
    } else if (const auto* given_up = std::get_if<GiveUp>(&deed)) {
      changes.emplace_back(GivenUp{given_up->id});
    } else {
      changes.emplace_back(CutShort{std::get<CutOff>(deed).id, std::get<CutOff>(deed).end});
    }
  }
  return verdicts;
}

void compare(const Shape& shape) {
  const auto calendar = random_calendar(shape);
  const auto deeds = random_deeds(calendar, shape);
  const Rows before(calendar);
  Rows rows(calendar);
  std::vector<Change> changes;
  const auto together = in_a_round(calendar, deeds, before, changes);
  const auto alone = one_by_one(calendar, deeds, rows);
  RC_ASSERT(together == alone);
  auto all = calendar;
  for (const auto& change : changes) all = changed(std::move(all), change, kNow);
  RC_ASSERT(all == rows.read(calendar.known, kNow));
  const auto moves = std::ranges::count_if(together, [](const Verdict& verdict) {
    const auto* placement = std::get_if<Placement>(&verdict);
    return placement != nullptr && !placement->moves.empty();
  });
  RC_TAG(moves > 0 ? "made others move" : "nobody moved");
}

RC_GTEST_PROP(ChangesProperty, ARoundDecidesAsOneByOneDoes, ()) {
  compare({.holdings = 9, .hours = 12, .load = random(0, 3) == 0 ? 2 : 0});
}

RC_GTEST_PROP(ChangesProperty, ARoundDecidesAsOneByOneDoesWhereLayoutsOverlap, ()) {
  compare({.units = 6, .holdings = 9, .hours = 12, .load = 0, .layouts = true});
}

TEST(Changes, WhatIsGivenUpIsFree) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {holding("a", {1}, hours_of(10, 12)), holding("b", {2}, hours_of(10, 12))};
  const auto after = changed(snapshot, GivenUp{{"a"}}, hour(9));
  EXPECT_EQ(after.holdings, std::vector{holding("b", {2}, hours_of(10, 12))});
}

TEST(Changes, WhatIsCutShortIsFreeFromThen) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1}, hours_of(8, 12)))};
  EXPECT_EQ(changed(snapshot, CutShort{{"a"}, hour(10)}, hour(9)).holdings,
            std::vector{started(holding("a", {1}, hours_of(8, 10)))});
  snapshot.known = hours_of(11, 13);
  EXPECT_TRUE(changed(snapshot, CutShort{{"a"}, hour(10)}, hour(9)).holdings.empty())
      << "it does not reach into what is known any more";
}

TEST(Changes, WhatHadNotBegunMayLieElsewhereAlthoughItsStartHasPassed) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1}, hours_of(8, 12)))};
  auto other = wanted(1, hours_of(8, 13));
  other.replaces = model::ReservationId{"a"};
  const auto after = changed(snapshot, Placed{other, {kRack1, ids({2}), {}}, {"a"}, true}, hour(9));
  EXPECT_EQ(after.holdings, std::vector{started(holding("a", {2}, hours_of(8, 13)))});
}

}  // namespace
}  // namespace berth::booking
