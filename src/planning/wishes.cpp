// What the workspaces of sessions wish, and say of themselves. Any byte there may be anybody's: what is none
// is nothing.
#include <algorithm>

#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

bool was_heard(const std::optional<HeardWish>& last, const std::string& id) {
  return last && (last->id == id || std::ranges::find(last->earlier, id) != last->earlier.end());
}

/// One at a time, and not too often.
Instant free_from(const HeardWish& last) {
  return last.asked_at + (last.answer.empty() ? kWishWaits : kBetweenWishes);
}

}  // namespace

std::optional<NewWish> new_wish(const DesiredSession& wanted, const Observed& observed, Instant now) {
  const auto said = observed.said.find(wanted.session.namespace_name);
  if (said == observed.said.end()) return std::nullopt;
  auto wish = said::parse_wish(said->second);
  if (!wish || was_heard(wanted.wish, wish->id)) return std::nullopt;
  if (wish->until <= now || wish->until > now + kFurthestWish) return std::nullopt;
  const auto from = wanted.wish ? free_from(*wanted.wish) : Instant::min();
  return NewWish{std::move(*wish), from};
}

std::optional<Instant> next_wish(const Desired& desired, const Observed& observed) {
  std::optional<Instant> next;
  for (const auto& wanted : desired.sessions) {
    const auto wish = new_wish(wanted, observed, desired.now);
    if (wish && wish->from > desired.now) next = std::min(next.value_or(wish->from), wish->from);
  }
  return next;
}

std::optional<NewActivity> new_activity(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed) {
  const auto phase = wanted.session.phase;
  if (phase != model::SessionPhase::kReady && phase != model::SessionPhase::kDegraded) return std::nullopt;
  const auto text = observed.used.find(wanted.session.namespace_name);
  if (text == observed.used.end()) return std::nullopt;
  auto said = said::parse_activity(text->second, desired.now);
  if (!said) return std::nullopt;
  if (const auto& last = wanted.activity) {
    // What is there from before is no news, whoever reads it first: its age is its own.
    if (said->looked_at <= last->looked_at || desired.now < last->heard_at + kBetweenHeard)
      return std::nullopt;
  }
  return NewActivity{wanted.session.id, *said};
}

}  // namespace berth::planning
