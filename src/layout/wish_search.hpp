// Which cards and units wishes go to.
#pragma once

#include <optional>
#include <vector>

#include "layout/claim_course.hpp"
#include "layout/timeline.hpp"

namespace berth::layout {

/// How many claims and wishes, of all courses that it looks at together, one search may see before it is cut
/// short.
inline constexpr int kMostLooks = 400'000;

class WishSearch {
 public:
  WishSearch(const LayoutQuestion& question, const std::vector<CardState>& cards);

  /// Whether the wish can be served beside those that were taken before it: then it is one of them. The
  /// places of the others may change. kGivenUp: the search was cut short.
  enum class Taken { kYes, kNo, kGivenUp };
  Taken take(std::size_t wish);

  /// The places with the fewest and earliest changes, by wish. False where the search was cut short: then
  /// they are the best of those that were tried.
  bool settle();

  const std::vector<std::optional<WishAnswer::Place>>& places() const { return places_; }
  /// Where the wish fits beside the claims alone.
  const std::vector<WishAnswer::Place>& choices(std::size_t wish) const { return choices_[wish]; }

 private:
  struct Cost {
    std::size_t changes = 0;
    Duration sum{};
    auto operator<=>(const Cost&) const = default;
  };
  /// A card with the wishes that are on it for the moment.
  struct Card {
    std::vector<CardJob> jobs;
    std::vector<std::size_t> wishes;  // of the last jobs
    Cost cost;
  };
  std::optional<Cost> cost_of(std::size_t card);
  bool add(std::size_t wish, WishAnswer::Place place);
  void remove(std::size_t wish, WishAnswer::Place place, Cost before);
  bool is_like_one_before(const std::vector<WishAnswer::Place>& choices, std::size_t choice) const;
  bool place_from(std::size_t next);
  void settle_from(std::size_t next);
  Cost total() const;

  const LayoutQuestion& question_;
  const std::vector<CardState>& states_;
  std::vector<Card> cards_;
  std::vector<std::vector<WishAnswer::Place>> choices_;
  std::vector<std::optional<WishAnswer::Place>> places_;
  std::vector<std::size_t> taken_;
  int budget_ = 0;
  std::optional<Cost> best_cost_;
  std::vector<std::optional<WishAnswer::Place>> best_;
};

/// Whether a claim on the card excludes the unit for the window, kept or not; then the first that does.
std::optional<std::size_t> excluded_by(const OfferedCard& card, const CardState& state, std::size_t unit,
                                       Window during);

}  // namespace berth::layout
