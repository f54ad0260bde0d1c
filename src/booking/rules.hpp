// The rules of a request, each with its sentence. Booking and editing use the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/faults.hpp"
#include "booking/booking.hpp"

namespace berth::booking {

/// "24 h", "1 h 30 min", "30 days"; seconds only where there are some.
std::string in_words(seconds length);

/// The load of so many units.
Load times(const Load& one_unit, int units);

/// The class, or nullptr with a fault for an unknown or retired one.
const model::DeviceClass* check_class(const model::Pool& pool, std::string_view name, Faults& faults);

/// At least 1, and at most as many as one node has of the class.
void check_units(const model::Pool& pool, const model::DeviceClass& device_class, int units, Faults& faults);

/// Which parts of a load were given by the client, as opposed to taken from the class's defaults.
struct Given {
  bool cpu = false;
  bool memory = false;
  bool storage = false;
  bool any() const { return cpu || memory || storage; }
};

/// Within what some node with so many units of the class can give, and enough for a session to live.
void check_load(const model::Pool& pool, const model::DeviceClass& device_class, int units, const Load& load,
                Given given, Faults& faults);

/// At most kMaxNameBytes, UTF-8, no control characters.
void check_name(std::string_view name, Faults& faults);

// --- Time ---

/// The first start that the policy allows from `now` on.
Instant earliest_start(const model::Policy& policy, Instant now);

/// Not in the past, not too soon, on a step.
void check_start(const model::Policy& policy, Instant start, Instant now, Faults& faults);

/// The end that `end` or `duration` stands for, with a fault when both, neither or the wrong one is given. A
/// duration from a start that is not on a step (one of "now") is rounded up to the next step.
std::optional<Instant> find_end(const model::Policy& policy, Instant start, const std::optional<Instant>& end,
                                const std::optional<minutes>& duration, Faults& faults);

/// Which limits a window has to keep.
struct WindowRules {
  bool min_length = true;
  bool max_length = true;
  bool horizon = true;
};
/// `end_field` is the field that made the length, where its faults go: "end", "duration_minutes", or "start"
/// when an edit moves that alone. `asked` is the duration, where that was given: it is what has to keep the
/// limits above, so that the longest booking can be had from a "now" between two steps too, and what faults
/// show.
void check_window(const model::Policy& policy, Window window, std::string_view end_field,
                  const std::optional<minutes>& asked, WindowRules rules, Instant now, Faults& faults);

/// Whether a new booking may have this window.
bool allowed_by_policy(const model::Policy& policy, Window window, Instant now);

}  // namespace berth::booking
