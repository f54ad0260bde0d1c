// `berth list`: which reservations, and in which order.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "cli/conversation.hpp"

namespace berth::cli {

struct ListOptions {
  std::string state;  // as typed, in any case; empty: all
  std::string pool;
  std::string text;
  std::string team;
  std::string owner;
  std::string from;
  std::string to;
  bool mine = false;
  bool all = false;
  int limit = 50;
};

/// "active,failed" as the API writes it; kInvalid names the words that there are.
Result<std::string> state_words(const std::string& typed);

/// What the server does not filter by, or not to the letter.
struct Filter {
  std::string team;
  std::string owner;
  std::optional<Instant> from;
  std::optional<Instant> to;

  bool takes(const json::value& reservation) const;
  /// From and to, as typed: those that overlap the time between them.
  static Result<Filter> of(const ListOptions& options, Instant now);
};

/// {"items": by start, "more": whether there are others, "next": null}. Those that live come first when not
/// all can be shown, the next ones before later ones; of those that are over, the latest.
std::optional<json::value> list_reservations(Conversation& talk, const ListOptions& options, int& code);

}  // namespace berth::cli
