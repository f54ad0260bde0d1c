// What a declaration came to, as people read it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

/// One cluster or pool that was declared: a line for each change, + for what is new, - for what goes, and
/// below what becomes of the bookings that it affects. `tried`: nothing was changed.
std::string applied_text(const json::value& applied, bool tried, Instant now);

/// A text of the server with things called as the file calls them: "pool lab, node gpu-node-1, unit
/// gpu0-slice1, slots" where it says "documents[1].nodes[0].units[1].slots".
std::string with_names(std::string_view text, const json::array& documents);

/// The bookings of one answer, a line each; empty where there are none.
std::string affected_text(const json::value& answer, bool tried, Instant now);

/// The bookings that an answer names, or a problem.
struct Touched {
  int bookings = 0;
  int movable = 0;
  int stuck = 0;         // in the way, and cannot be moved: then moving others does not help
  bool changed = false;  // whether anything would be other than it is
};
Touched touched_in(const json::value& answer);

}  // namespace berth::cli
