// From when to when: what was typed, as the fields of a booking or of a change to one.
#pragma once

#include <string>

#include "base/json.hpp"
#include "cli/times.hpp"

namespace berth::cli {

/// As typed; empty where it was not.
struct TypedWindow {
  std::string start;  // "now" as well
  std::string end;
  std::string length;
};

/// start, and end or duration_minutes. A clock time as the end is the first one after the start. What is
/// counted from now ("+1h") is the next of the pool's steps.
Result<json::object> new_window(const TypedWindow& typed, const Reference& now, minutes step);

/// The same for a change of `reservation`, with what was given alone. A new start keeps the length when
/// neither an end nor a length is said. A clock time is one of the reservation's own day, and of today once
/// it runs: one that is past there is refused with what may have been meant, for a booking of two hours is
/// not to become one of a day by a slip.
Result<json::object> moved_window(const TypedWindow& typed, const json::value& reservation,
                                  const Reference& now, minutes step);

}  // namespace berth::cli
