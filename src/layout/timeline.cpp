#include "layout/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "layout/wish_search.hpp"

namespace berth::layout {
namespace {

Error out_of_bounds(std::string field, std::string value, std::string limit, std::string message) {
  return invalid_field(std::move(field), std::move(value), std::move(limit), std::move(message));
}

Status check_card(const OfferedCard& card, std::size_t index) {
  const auto path = fmt::format("cards[{}]", index);
  constexpr std::size_t kMostLayoutsOfACard = 64;  // bits of a LayoutMask
  if (card.layouts.size() > kMostLayoutsOfACard) {
    return fail(out_of_bounds(path + ".layouts", std::to_string(card.layouts.size()),
                              std::to_string(kMostLayoutsOfACard),
                              fmt::format("{} has more layouts than can be told apart.", card.name)));
  }
  const auto is_unit = [&](std::size_t unit) { return unit < card.units.size(); };
  for (const auto& layout : card.layouts) {
    if (std::ranges::all_of(layout, is_unit)) continue;
    return fail(out_of_bounds(path + ".layouts", "a unit that is none", "units of the card",
                              fmt::format("A layout of {} has a unit that the card has not.", card.name)));
  }
  if (card.present && *card.present >= card.layouts.size()) {
    return fail(out_of_bounds(path + ".present", std::to_string(*card.present),
                              fmt::format("one of {} layouts", card.layouts.size()),
                              fmt::format("The present layout of {} is none of its layouts.", card.name)));
  }
  for (const auto& claim : card.claims) {
    if ((!claim.unit || is_unit(*claim.unit)) && !claim.during.empty()) continue;
    return fail(out_of_bounds(
        path + ".claims", claim.booking, "a unit of the card, and a window",
        fmt::format("The claim of {} is of no unit of {}, or of no time.", claim.booking, card.name)));
  }
  return {};
}

Status check_question(const LayoutQuestion& question) {
  if (question.change <= Duration{0} || question.tail < Duration{0} || question.patience < Duration{0}) {
    return fail(out_of_bounds("change", in_minutes(question.change), "more than nothing",
                              "A change takes some time, and no time is less than none."));
  }
  if (question.horizon <= question.now) {
    return fail(out_of_bounds("horizon", format_rfc3339(question.horizon),
                              fmt::format("after {}", format_rfc3339(question.now)),
                              "The horizon is not after now."));
  }
  if (question.cards.size() > kMostTimelineCards) {
    return fail(out_of_bounds("cards", std::to_string(question.cards.size()),
                              std::to_string(kMostTimelineCards), "That are too many cards at once."));
  }
  if (question.wishes.size() > kMostTimelineWishes) {
    return fail(out_of_bounds("wishes", std::to_string(question.wishes.size()),
                              std::to_string(kMostTimelineWishes), "That are too many wishes at once."));
  }
  for (const auto& wish : question.wishes) {
    if (wish.during.empty()) {
      return fail(out_of_bounds("wishes", format_rfc3339(wish.during.end),
                                fmt::format("after {}", format_rfc3339(wish.during.start)),
                                fmt::format("A wish of {} is of no time.", wish.device_class)));
    }
  }
  std::size_t claims = 0;
  for (std::size_t i = 0; i < question.cards.size(); ++i) {
    if (auto good = check_card(question.cards[i], i); !good) return good;
    claims += question.cards[i].claims.size();
  }
  if (claims > kMostTimelineClaims) {
    return fail(out_of_bounds("claims", std::to_string(claims), std::to_string(kMostTimelineClaims),
                              "That are too many bookings at once: look less far ahead."));
  }
  return {};
}

/// Why no place of a wish is one, said of its first cards.
class Refusal {
 public:
  Refusal(const LayoutQuestion& question, const std::vector<CardState>& states, std::size_t wish)
      : question_(question), states_(states), wish_(question.wishes[wish]) {}

  NotServed told() const {
    if (wish_.during.start < question_.now)
      return {Unserved::kOutsideTime,
              fmt::format("It begins before now, {}.", format_rfc3339(question_.now))};
    if (wish_.during.end > question_.horizon) {
      return {Unserved::kOutsideTime, fmt::format("It ends after {}, as far as bookings were looked at.",
                                                  format_rfc3339(question_.horizon))};
    }
    NotServed fault{Unserved::kNotOffered, {}};
    std::size_t said = 0;
    for (std::size_t card = 0; card < question_.cards.size(); ++card) {
      const auto of_card = said_of(card);
      if (!of_card) continue;
      // A gap that is missing is what an admin can do something about: it is what is told of several.
      if (fault.why == Unserved::kNotOffered || of_card->why == Unserved::kNoGap) fault.why = of_card->why;
      if (++said <= kMostCardsTold) fault.sentence += (said == 1 ? "" : " ") + of_card->sentence;
    }
    if (said > kMostCardsTold) fault.sentence += fmt::format(" So it is on {} more.", said - kMostCardsTold);
    if (said == 0) fault.sentence = fmt::format("No layout on offer has a unit of {}.", wish_.device_class);
    return fault;
  }

 private:
  static constexpr std::size_t kMostCardsTold = 3;

  std::optional<NotServed> said_of(std::size_t card) const {
    const auto& offered = question_.cards[card];
    const auto& state = states_[card];
    std::optional<std::size_t> by;
    std::optional<Instant> earliest;
    bool is_free = false;
    bool has_class = false;
    for (std::size_t unit = 0; unit < offered.units.size(); ++unit) {
      if (offered.units[unit] != wish_.device_class || state.units[unit] == 0) continue;
      has_class = true;
      if (const auto claim = excluded_by(offered, state, unit, wish_.during)) {
        if (!by) by = claim;
        continue;
      }
      is_free = true;
      const auto from = earliest_service(state, {state.units[unit], wish_.during, {}, false},
                                         wish_.during.end - Duration{1});
      if (from && (!earliest || *from < *earliest)) earliest = from;
    }
    if (!has_class) return std::nullopt;
    if (!is_free) {
      const auto& claim = offered.claims[*by];
      return NotServed{Unserved::kTaken,
                       fmt::format("On {} {} excludes it, from {} to {}.", offered.name, claim.booking,
                                   format_rfc3339(claim.during.start), format_rfc3339(claim.during.end))};
    }
    const auto needs =
        fmt::format("a change takes {}{}", in_minutes(question_.change),
                    question_.tail > Duration{0}
                        ? fmt::format(", {} after the end of a session", in_minutes(question_.tail))
                        : std::string());
    if (earliest) {
      return NotServed{Unserved::kNoGap, fmt::format("{} could have its layout from {} on: {}.", offered.name,
                                                     format_rfc3339(*earliest), needs)};
    }
    return NotServed{Unserved::kNoGap,
                     fmt::format("On {} no gap between bookings lets a layout with it begin and end: {}.",
                                 offered.name, needs)};
  }

  const LayoutQuestion& question_;
  const std::vector<CardState>& states_;
  const LayoutWish& wish_;
};

/// The course of a card as a timeline.
CardTimeline timeline_of(const LayoutQuestion& question, std::size_t index, const CardState& state,
                         const std::vector<std::optional<WishAnswer::Place>>& places) {
  auto jobs = state.jobs;
  std::vector<std::size_t> wishes;
  for (std::size_t wish = 0; wish < places.size(); ++wish) {
    if (!places[wish] || places[wish]->card != index) continue;
    const auto& during = question.wishes[wish].during;
    jobs.push_back({state.units[places[wish]->unit], during, during.start, false});
    wishes.push_back(wish);
  }
  const auto course = *best_course(state.conditions, jobs);
  CardTimeline timeline;
  timeline.claims = state.kept;
  timeline.stretches.push_back({question.cards[index].present, {question.now, question.horizon}, {}, {}});
  for (const auto& turn : course.turns) {
    auto& before = timeline.stretches.back();
    before.in_force.end = turn.begins;
    const auto begins = turn.begins + question.change;
    timeline.changes.push_back({before.layout, turn.to, {turn.begins, begins}});
    timeline.stretches.push_back({turn.to, {begins, question.horizon}, {}, {}});
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::size_t at = 0;
    while (at < course.turns.size() && jobs[i].during.end + question.tail > course.turns[at].begins) ++at;
    // `at` is the first change that it lies before.
    auto& stretch = timeline.stretches[at];
    if (at == course.turns.size()) stretch.in_force.end = std::max(stretch.in_force.end, jobs[i].during.end);
    if (i < state.jobs.size()) {
      stretch.claims.push_back(state.job_claims[i]);
    } else {
      stretch.wishes.push_back(wishes[i - state.jobs.size()]);
    }
  }
  for (auto& stretch : timeline.stretches) std::ranges::sort(stretch.claims);
  return timeline;
}

}  // namespace

std::string_view to_string(Unserved why) {
  switch (why) {
    case Unserved::kNotOffered:
      return "not_offered";
    case Unserved::kOutsideTime:
      return "outside_time";
    case Unserved::kTaken:
      return "taken";
    case Unserved::kNoGap:
      return "no_gap";
    case Unserved::kEarlierWishes:
      return "earlier_wishes";
    case Unserved::kNotSearched:
      return "not_searched";
  }
  return "no_gap";
}

Result<LayoutProposal> propose_layouts(const LayoutQuestion& question) {
  if (auto good = check_question(question); !good) return fail(good.error());
  std::vector<CardState> states;
  states.reserve(question.cards.size());
  for (const auto& card : question.cards) states.push_back(claim_course(question, card));

  LayoutProposal proposal;
  proposal.wishes.resize(question.wishes.size());
  WishSearch search(question, states);
  for (std::size_t wish = 0; wish < question.wishes.size(); ++wish) {
    auto& fault = proposal.wishes[wish].fault;
    switch (search.take(wish)) {
      case WishSearch::Taken::kYes:
        break;
      case WishSearch::Taken::kNo:
        fault = search.choices(wish).empty()
                    ? Refusal(question, states, wish).told()
                    : NotServed{Unserved::kEarlierWishes,
                                "It fits beside the bookings, and not beside the wishes before it too."};
        break;
      case WishSearch::Taken::kGivenUp:
        proposal.exact = false;
        fault = NotServed{Unserved::kNotSearched,
                          "No plan for it was found before the search was cut short; there may be one."};
        break;
    }
  }
  if (!search.settle()) proposal.exact = false;
  for (std::size_t wish = 0; wish < question.wishes.size(); ++wish)
    proposal.wishes[wish].place = search.places()[wish];
  for (std::size_t i = 0; i < states.size(); ++i)
    proposal.cards.push_back(timeline_of(question, i, states[i], search.places()));
  return proposal;
}

}  // namespace berth::layout
