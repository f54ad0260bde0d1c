// When each of a pool's cards is cut which way, so that bookings and wishes find their units: a proposal from
// values. Nothing is asked and nothing is applied here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::layout {

/// A booking's hold on a card.
struct CardClaim {
  std::string booking;              // for sentences
  std::optional<std::size_t> unit;  // by its place among the card's; empty: of one that is on offer no more
  Window during;
  bool operator==(const CardClaim&) const = default;
};

/// A card, and the layouts that are on offer for it. Units without a layout in common exclude each other.
struct OfferedCard {
  std::string name;                               // for sentences
  std::vector<std::string> units;                 // the class of each
  std::vector<std::vector<std::size_t>> layouts;  // which units lie in each
  std::optional<std::size_t> present{};           // the layout that it has now; empty: nobody knows
  std::vector<CardClaim> claims{};
  bool operator==(const OfferedCard&) const = default;
};

/// One unit of a class for a window, not booked yet.
struct LayoutWish {
  std::string device_class;
  Window during;
  bool operator==(const LayoutWish&) const = default;
};

struct LayoutQuestion {
  std::vector<OfferedCard> cards;
  std::vector<LayoutWish> wishes{};
  Instant now;
  Instant horizon;      // claims that begin later are not looked at, and no wish may end later
  Duration change;      // how long it takes to give a card another layout; more than nothing
  Duration tail{};      // how long a session's device is kept after its end
  Duration patience{};  // how late a booking may begin because its layout is not there yet
  bool operator==(const LayoutQuestion&) const = default;
};

inline constexpr std::size_t kMostTimelineCards = 256;
inline constexpr std::size_t kMostTimelineClaims = 20'000;  // of all cards together
inline constexpr std::size_t kMostTimelineWishes = 32;

/// Why something is not in the plan.
enum class Unserved {
  kNotOffered,     // no layout on offer has its unit, or a unit of its class
  kOutsideTime,    // a wish that begins before now or ends after the horizon
  kTaken,          // every unit is booked meanwhile, or excluded by one that is
  kNoGap,          // a change for it, or back, finds no gap that is long enough
  kEarlierWishes,  // possible beside the bookings, and not beside the wishes before it
  kNotSearched,    // none was found among those that were tried
};
std::string_view to_string(Unserved why);  // "no_gap"

struct NotServed {
  Unserved why = Unserved::kNoGap;
  std::string sentence;
  bool operator==(const NotServed&) const = default;
};

/// A layout in force. While `layout` is unknown it serves what runs there now, and nothing else.
struct Stretch {
  std::optional<std::size_t> layout;
  Window in_force;                  // to the horizon, or the end of the last that it serves; may be empty
  std::vector<std::size_t> claims;  // what it serves, by place among the card's claims
  std::vector<std::size_t> wishes;  // and among all wishes
  bool operator==(const Stretch&) const = default;
};

struct LayoutChange {
  std::optional<std::size_t> from;
  std::size_t to = 0;
  Window during;  // as long as a change takes; no claim, with its tail, and no wish lies in it
  bool operator==(const LayoutChange&) const = default;
};

struct CardTimeline {
  std::vector<Stretch> stretches;  // one more than changes
  std::vector<LayoutChange> changes;
  /// By claim: from when on it has its unit, which is late where it is after the claim's start. Empty with a
  /// fault where the plan cannot keep it; empty without one where it was not looked at: over, or later than
  /// the horizon.
  struct Kept {
    std::optional<Instant> from;
    std::optional<NotServed> fault;
    bool operator==(const Kept&) const = default;
  };
  std::vector<Kept> claims;
  bool operator==(const CardTimeline&) const = default;
};

struct WishAnswer {
  struct Place {
    std::size_t card = 0;
    std::size_t unit = 0;
    bool operator==(const Place&) const = default;
  };
  std::optional<Place> place;  // where it would be served
  std::optional<NotServed> fault;
  bool operator==(const WishAnswer&) const = default;
};

struct LayoutProposal {
  std::vector<CardTimeline> cards;  // as asked
  std::vector<WishAnswer> wishes;   // as asked
  /// False where the search for wishes' places was cut short: what is proposed can be done all the same, but
  /// a wish may be refused that another plan serves, or there may be a plan with fewer changes.
  bool exact = true;
  bool operator==(const LayoutProposal&) const = default;
};

/// The best plan, by these in turn:
///   1. What is on a card now stays until its end: claims that have begun and lie in the present layout, or
///      on a card whose layout nobody knows.
///   2. Of each card's other claims, by their start (then as told): each begins as early as any plan allows
///      that leaves those before it as they are, at most `patience` late; where none does, it is not kept.
///   3. Wishes, as told: each is served, on time, where any plan serves it beside what 2 says and the wishes
///      before it, on whatever card they are. No wish lies where a claim is that excludes it, kept or not.
///   4. Fewest changes, of all cards together.
///   5. Earliest changes: the least sum of their beginnings.
///   6. Wishes on the first cards and units, by wish; in each stretch the first layout.
/// A change begins when nobody holds the card: between the end, with its tail, of all that the layout before
/// it serves, and the beginning of all that the one after it serves. The same question has the same answer.
/// kInvalid for what is out of bounds.
Result<LayoutProposal> propose_layouts(const LayoutQuestion& question);

}  // namespace berth::layout
