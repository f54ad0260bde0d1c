// Homes that outlive their sessions (decision 51). Internal to planning.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// How the home that a session has from an earlier one stands to its own claim.
struct HomeSeen {
  enum class State {
    kNone,     // it has none, or has its claim already
    kToHand,   // it is for the session, and the cluster does not know yet
    kComing,   // the cluster is about to
    kReady,    // a claim is bound to it
    kUnusable  // the session goes on without
  };
  State state = State::kNone;
  std::string why = {};
  bool lost = false;  // there is no such volume
};
HomeSeen see_home(const DesiredSession& wanted, const Observed& observed, Instant now);

/// What the session's namespace has of user ids and labels; for one that is not made yet, what that of its
/// home had, so that files keep owner and label. Nothing where another namespace has that now.
std::map<std::string, std::string> identity_for(const DesiredSession& wanted, const Observed& observed);

/// What is to be done about its home for a session that is up or on its way there.
std::vector<SessionEffect> home_effects(const DesiredSession& wanted, const Observed& observed, Instant now);

/// ... and before its namespace goes: what was not told to stay yet, for a while.
std::vector<SessionEffect> last_home_effects(const DesiredSession& wanted, const Observed& observed,
                                             Instant now);

/// Of those that no session has.
std::vector<Action> plan_homes(const Desired& desired, const Observed& observed);

}  // namespace berth::planning
