// From when to when: what was typed, as the fields of a booking or of a change to one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// A sentence for each time that was counted from now and is put onto the next step, as new_window and
/// moved_window do: "+1h is ..., and it begins on the next step of the calendar, ...".
std::vector<std::string> put_on_steps(const TypedWindow& typed, const Reference& now, minutes step);

/// As new_window for a change of `reservation`, with what was given alone. A new start keeps the length when
/// neither an end nor a length is said. A clock time is one of the reservation's own day, and of today once
/// it runs: one that is past there is refused with what may have been meant, for a booking of two hours is
/// not to become one of a day by a slip. `end_option` is what the command calls the new end, for what it is
/// told to say instead.
Result<json::object> moved_window(const TypedWindow& typed, const json::value& reservation,
                                  const Reference& now, minutes step, std::string_view end_option = "--end");

}  // namespace berth::cli
