#include "layout/wish_search.hpp"

#include <algorithm>

namespace berth::layout {

std::optional<std::size_t> excluded_by(const OfferedCard& card, const CardState& state, std::size_t unit,
                                       Window during) {
  for (std::size_t i = 0; i < card.claims.size(); ++i) {
    const auto& claim = card.claims[i];
    if (!claim.during.overlaps(during)) continue;
    if (claim.unit == unit || (state.claims[i] & state.units[unit]) == 0) return i;
  }
  return std::nullopt;
}

WishSearch::WishSearch(const LayoutQuestion& question, const std::vector<CardState>& cards)
    : question_(question), states_(cards), choices_(question.wishes.size()), places_(question.wishes.size()) {
  budget_ = kMostLooks;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    cards_.push_back({.jobs = cards[i].jobs, .wishes = {}, .cost = {}});
    cards_[i].cost = *cost_of(i);  // its claims are kept by a course
  }
  for (std::size_t wish = 0; wish < question.wishes.size(); ++wish) {
    const auto& one = question.wishes[wish];
    if (one.during.start < question.now || one.during.end > question.horizon) continue;
    for (std::size_t card = 0; card < cards.size(); ++card) {
      const auto& units = question.cards[card].units;
      for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (units[unit] != one.device_class || cards[card].units[unit] == 0) continue;
        if (excluded_by(question.cards[card], cards[card], unit, one.during)) continue;
        budget_ = kMostLooks;
        const auto before = cards_[card].cost;
        if (!add(wish, {card, unit})) continue;
        remove(wish, {card, unit}, before);
        choices_[wish].push_back({card, unit});
      }
    }
  }
}

std::optional<WishSearch::Cost> WishSearch::cost_of(std::size_t card) {
  budget_ -= static_cast<int>(cards_[card].jobs.size()) + 1;
  const auto course = best_course(states_[card].conditions, cards_[card].jobs);
  if (!course) return std::nullopt;
  return Cost{course->turns.size(), course->sum};
}

/// False, and nothing is changed, where the card has no course with it.
bool WishSearch::add(std::size_t wish, WishAnswer::Place place) {
  auto& card = cards_[place.card];
  const auto& during = question_.wishes[wish].during;
  for (const auto other : card.wishes) {
    if (places_[other]->unit == place.unit && question_.wishes[other].during.overlaps(during)) return false;
  }
  card.jobs.push_back({states_[place.card].units[place.unit], during, during.start, false});
  const auto cost = cost_of(place.card);
  if (!cost) {
    card.jobs.pop_back();
    return false;
  }
  card.cost = *cost;
  card.wishes.push_back(wish);
  places_[wish] = place;
  return true;
}

/// The last one that was added to its card.
void WishSearch::remove(std::size_t wish, WishAnswer::Place place, Cost before) {
  auto& card = cards_[place.card];
  card.jobs.pop_back();
  card.wishes.pop_back();
  card.cost = before;
  places_[wish].reset();
}

/// Of units that nobody has touched and that lie in the same layouts, the first stands for all.
bool WishSearch::is_like_one_before(const std::vector<WishAnswer::Place>& choices, std::size_t choice) const {
  const auto& place = choices[choice];
  const auto& state = states_[place.card];
  const auto untouched = [&](std::size_t unit) {
    const auto& claims = question_.cards[place.card].claims;
    const auto on_unit = [&](const CardClaim& claim) { return claim.unit == unit; };
    const auto has_wish = [&](std::size_t wish) { return places_[wish]->unit == unit; };
    return std::ranges::none_of(claims, on_unit) && std::ranges::none_of(cards_[place.card].wishes, has_wish);
  };
  if (!untouched(place.unit)) return false;
  for (auto other = choice; other-- > 0 && choices[other].card == place.card;) {
    if (state.units[choices[other].unit] == state.units[place.unit] && untouched(choices[other].unit))
      return true;
  }
  return false;
}

/// Places for taken_[next] and all after it.
bool WishSearch::place_from(std::size_t next) {
  if (next == taken_.size()) return true;
  const auto wish = taken_[next];
  const auto& choices = choices_[wish];
  for (std::size_t i = 0; i < choices.size() && budget_ > 0; ++i) {
    if (is_like_one_before(choices, i)) continue;
    const auto before = cards_[choices[i].card].cost;
    if (!add(wish, choices[i])) continue;
    if (place_from(next + 1)) return true;
    remove(wish, choices[i], before);
  }
  return false;
}

WishSearch::Taken WishSearch::take(std::size_t wish) {
  if (choices_[wish].empty()) return Taken::kNo;
  budget_ = kMostLooks;
  taken_.push_back(wish);
  if (place_from(taken_.size() - 1)) return Taken::kYes;  // nobody else has to go elsewhere
  const auto cards = cards_;
  const auto places = places_;
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    if (cards_[i].wishes.empty()) continue;
    cards_[i].jobs.resize(states_[i].jobs.size());
    cards_[i].wishes.clear();
    cards_[i].cost = *cost_of(i);
  }
  std::ranges::fill(places_, std::nullopt);
  budget_ = kMostLooks;
  if (place_from(0)) return Taken::kYes;
  cards_ = cards;
  places_ = places;
  taken_.pop_back();
  return budget_ > 0 ? Taken::kNo : Taken::kGivenUp;
}

WishSearch::Cost WishSearch::total() const {
  Cost all;
  for (const auto& card : cards_) {
    all.changes += card.cost.changes;
    all.sum += card.cost.sum;
  }
  return all;
}

/// What is there costs no more than what it becomes with another wish: so what costs as much as the best one
/// already is left.
void WishSearch::settle_from(std::size_t next) {
  if (best_cost_ && total() >= *best_cost_) return;
  if (next == taken_.size()) {
    best_cost_ = total();
    best_ = places_;
    return;
  }
  const auto wish = taken_[next];
  const auto& choices = choices_[wish];
  for (std::size_t i = 0; i < choices.size() && budget_ > 0; ++i) {
    if (is_like_one_before(choices, i)) continue;
    const auto before = cards_[choices[i].card].cost;
    if (!add(wish, choices[i])) continue;
    settle_from(next + 1);
    remove(wish, choices[i], before);
  }
}

bool WishSearch::settle() {
  const auto found = places_;
  const auto found_cost = total();
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    if (cards_[i].wishes.empty()) continue;
    cards_[i].jobs.resize(states_[i].jobs.size());
    cards_[i].wishes.clear();
    cards_[i].cost = *cost_of(i);
  }
  std::ranges::fill(places_, std::nullopt);
  budget_ = kMostLooks;
  settle_from(0);
  const bool complete = budget_ > 0;
  const bool better = best_cost_ && (complete || *best_cost_ <= found_cost);
  places_ = better ? best_ : found;
  return complete;
}

}  // namespace berth::layout
