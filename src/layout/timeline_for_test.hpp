// Questions for tests of timelines, and what is wrong with an answer, by other code than gave it. Times are
// whole hours from 2026-12-01T00:00:00Z, which is now.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "layout/timeline.hpp"

namespace berth::layout {

inline Instant at_hour(int hour) {
  return Instant(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)) + hours(hour);
}
inline Window from_to(int from, int to) {
  return {at_hour(from), at_hour(to)};
}
inline int hour_of(Instant at) {
  return static_cast<int>(std::chrono::floor<hours>(at - at_hour(0)).count());
}

inline bool layout_has(const OfferedCard& card, std::optional<std::size_t> layout, std::size_t unit) {
  return layout && std::ranges::find(card.layouts[*layout], unit) != card.layouts[*layout].end();
}
inline bool go_together(const OfferedCard& card, std::size_t a, std::size_t b) {
  for (std::size_t i = 0; i < card.layouts.size(); ++i) {
    if (layout_has(card, i, a) && layout_has(card, i, b)) return true;
  }
  return false;
}
/// Runs now where the card's layout allows it.
inline bool runs_now(const LayoutQuestion& question, const OfferedCard& card, const CardClaim& claim) {
  if (!claim.during.contains(question.now)) return false;
  return !card.present || (claim.unit && layout_has(card, card.present, *claim.unit));
}
inline bool is_in_sight(const LayoutQuestion& question, const CardClaim& claim) {
  return claim.during.end > question.now && claim.during.start < question.horizon;
}

/// Looks at each hour of a proposal for what must not be. Empty where nothing is wrong.
class TimelineChecker {
 public:
  TimelineChecker(const LayoutQuestion& question, const LayoutProposal& proposal)
      : question_(question), proposal_(proposal) {}

  std::string fault() {
    if (proposal_.cards.size() != question_.cards.size() ||
        proposal_.wishes.size() != question_.wishes.size())
      return "not as many as were asked";
    for (std::size_t i = 0; i < question_.cards.size() && fault_.empty(); ++i) check_card(i);
    for (std::size_t i = 0; i < question_.wishes.size() && fault_.empty(); ++i) check_wish(i);
    return fault_;
  }

 private:
  void say(std::string text) {
    if (fault_.empty()) fault_ = std::move(text);
  }

  void check_card(std::size_t index) {
    const auto& card = question_.cards[index];
    const auto& timeline = proposal_.cards[index];
    if (timeline.stretches.size() != timeline.changes.size() + 1) return say("stretches and changes");
    if (timeline.claims.size() != card.claims.size()) return say("claims");
    if (timeline.stretches.front().layout != card.present) say("it does not begin as it is");
    auto until = question_.now;
    for (std::size_t i = 0; i < timeline.stretches.size(); ++i) {
      const auto& stretch = timeline.stretches[i];
      if (stretch.in_force.start != until || stretch.in_force.end < until) say("a hole between stretches");
      until = stretch.in_force.end;
      if (i == timeline.changes.size()) break;
      const auto& change = timeline.changes[i];
      if (change.during != Window{until, until + question_.change}) say("a change of another length");
      if (change.from != stretch.layout || timeline.stretches[i + 1].layout != change.to)
        say("a change between others");
      until = change.during.end;
    }
    if (until < question_.horizon) say("it ends before the horizon");
    for (std::size_t i = 0; i < card.claims.size(); ++i) check_claim(index, i);
  }

  void check_claim(std::size_t index, std::size_t claim) {
    const auto& card = question_.cards[index];
    const auto& one = card.claims[claim];
    const auto& kept = proposal_.cards[index].claims[claim];
    if (one.during.end <= question_.now) return check_undisturbed(index, {question_.now, one.during.end});
    if (!is_in_sight(question_, one)) {
      if (kept.from || kept.fault) say("told of one that is out of sight");
      return;
    }
    if (kept.from.has_value() == kept.fault.has_value()) return say("neither kept nor not, or both");
    if (runs_now(question_, card, one)) {
      if (kept.from != question_.now) return say("what runs was not left alone");
      if (card.present) check_served(index, *one.unit, {question_.now, one.during.end});
      return check_undisturbed(index, {question_.now, one.during.end});
    }
    if (!kept.from) return;
    if (*kept.from < one.during.start || *kept.from > one.during.start + question_.patience ||
        *kept.from >= one.during.end)
      say("begins when it cannot");
    if (!one.unit) return say("a unit that is not there");
    check_served(index, *one.unit, {*kept.from, one.during.end});
    check_undisturbed(index, {*kept.from, one.during.end});
    const auto served = [&](const Stretch& stretch) {
      return std::ranges::count(stretch.claims, claim) == 1 && stretch.in_force.contains(*kept.from);
    };
    if (std::ranges::count_if(proposal_.cards[index].stretches, served) != 1)
      say("not told by the stretch that serves it");
  }

  /// Its unit is there all the time.
  void check_served(std::size_t index, std::size_t unit, Window during) {
    const auto& card = question_.cards[index];
    for (const auto& stretch : proposal_.cards[index].stretches) {
      if (stretch.in_force.overlaps(during) && !layout_has(card, stretch.layout, unit))
        say(fmt::format("unit {} is not in the layout", unit));
    }
  }
  /// No change meanwhile, and none before it has been cleaned up.
  void check_undisturbed(std::size_t index, Window during) {
    during.end += question_.tail;
    for (const auto& change : proposal_.cards[index].changes) {
      if (change.during.overlaps(during)) say("a change while somebody is there");
    }
  }

  void check_wish(std::size_t index) {
    const auto& wish = question_.wishes[index];
    const auto& answer = proposal_.wishes[index];
    if (answer.place.has_value() == answer.fault.has_value()) return say("neither served nor not, or both");
    if (!answer.place) return;
    const auto& place = *answer.place;
    const auto& card = question_.cards[place.card];
    if (card.units[place.unit] != wish.device_class) say("a unit of another class");
    if (wish.during.start < question_.now || wish.during.end > question_.horizon) say("out of time");
    check_served(place.card, place.unit, wish.during);
    check_undisturbed(place.card, wish.during);
    for (const auto& claim : card.claims) {
      if (!claim.during.overlaps(wish.during)) continue;
      if (!claim.unit || *claim.unit == place.unit || !go_together(card, *claim.unit, place.unit))
        say("where a claim excludes it");
    }
    for (std::size_t other = 0; other < index; ++other) {
      if (proposal_.wishes[other].place == answer.place &&
          question_.wishes[other].during.overlaps(wish.during))
        say("two wishes on one unit");
    }
  }

  const LayoutQuestion& question_;
  const LayoutProposal& proposal_;
  std::string fault_;
};

/// How large random questions are.
struct TimelineShape {
  int cards = 2;
  int units = 3;
  int layouts = 3;
  int claims = 3;  // of a card
  int wishes = 3;
  int hours = 9;
};

class RandomQuestions {
 public:
  RandomQuestions(unsigned seed, TimelineShape shape) : random_(seed), shape_(shape) {}

  LayoutQuestion next() {
    LayoutQuestion question{.cards = {},
                            .wishes = {},
                            .now = at_hour(0),
                            .horizon = at_hour(shape_.hours),
                            .change = hours(number(1, 2)),
                            .tail = hours(number(0, 1)),
                            .patience = hours(number(0, 2))};
    for (int i = number(1, shape_.cards); i > 0; --i) question.cards.push_back(card());
    for (int i = number(0, shape_.wishes); i > 0; --i)
      question.wishes.push_back({number(0, 1) == 0 ? "a" : "b", window(0)});
    return question;
  }

 private:
  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  Window window(int earliest) {
    const int start = number(earliest, shape_.hours - 1);
    return from_to(start, std::min(start + number(1, 4), shape_.hours + (number(0, 5) == 0 ? 1 : 0)));
  }
  OfferedCard card() {
    OfferedCard card{.name = "gpu", .units = {}, .layouts = {}};
    const auto units = static_cast<std::size_t>(number(1, shape_.units));
    for (std::size_t i = 0; i < units; ++i) card.units.emplace_back(number(0, 2) == 0 ? "a" : "b");
    for (int i = number(1, shape_.layouts); i > 0; --i) {
      std::vector<std::size_t> layout;
      for (std::size_t unit = 0; unit < units; ++unit) {
        if (number(0, 1) == 0) layout.push_back(unit);
      }
      card.layouts.push_back(std::move(layout));
    }
    if (number(0, 3) != 0)
      card.present = static_cast<std::size_t>(number(0, static_cast<int>(card.layouts.size()) - 1));
    for (int i = number(0, shape_.claims); i > 0; --i) {
      CardClaim claim{fmt::format("r{}", i), static_cast<std::size_t>(number(0, static_cast<int>(units) - 1)),
                      window(-3)};
      if (number(0, 15) == 0) claim.unit.reset();
      if (claim.during.empty()) continue;
      const auto in_the_way = [&](const CardClaim& other) {
        return other.unit == claim.unit && other.during.overlaps(claim.during);
      };
      if (std::ranges::none_of(card.claims, in_the_way)) card.claims.push_back(claim);
    }
    return card;
  }

  std::mt19937 random_;
  TimelineShape shape_;
};

}  // namespace berth::layout
