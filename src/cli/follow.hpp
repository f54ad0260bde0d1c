// A reservation and the steps of its session, until nothing is on its way any more.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/conversation.hpp"

namespace berth::cli {

/// How long one looks, and what then counts as a failure.
enum class Follow {
  kOnce,     // as it is now; never
  kSettled,  // until its session is Ready or it is over: FAILED or CANCELED while one looked
  kReady,    // the same, but one wanted it Ready, and waits for its start too: being over in any way
};

/// Nothing is on its way any more that one would wait for.
bool is_settled(Follow how, const json::value& reservation, const std::optional<json::value>& session,
                Instant now);
/// How long until one looks again.
std::chrono::milliseconds pause_before_next_look(const json::value& reservation, Instant now);

/// How to exit with a reservation as it was at first and is at last.
int exit_code_after(Follow how, const json::value& first, const json::value& last);

/// A sentence for each reconciler of `cluster` (empty: of any) that does not report, so that nothing moves.
std::vector<std::string> silent_reconcilers(const json::value& status, const std::string& cluster);

/// Shows `reservation` as it is and as it becomes. On a terminal the steps move in place. The exit code.
int follow(Conversation& talk, json::value reservation, Follow how);

}  // namespace berth::cli
