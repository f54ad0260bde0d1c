// Times as people type them.
#pragma once

#include <optional>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "cli/zone.hpp"

namespace berth::cli {

/// What times are read against.
struct Reference {
  Instant now;
  Zone zone = Zone::here();
  /// A clock time without a day is the first one after this; when left out, the first from now on.
  std::optional<Instant> after{};
  /// What is over is asked about: the name of a day and a clock time are the last ones, not the next. With
  /// `after` they are the first ones after it.
  bool back = false;
};

/// An instant in one of the forms of `kTimeForms`. A day alone is its first minute. A clock time that the
/// zone skips is refused, and named with the next that exists; one that happens twice with both. `now` is not
/// among the forms: whoever allows it looks for it first.
Result<Instant> parse_time(std::string_view text, const Reference& reference);
/// The same in the machine's zone.
Result<Instant> parse_time(std::string_view text, Instant now);

/// "20:00", "8pm": a clock time without a day.
bool is_clock_time(std::string_view text);
/// "+1h", "in 2 hours": counted from now.
bool is_from_now(std::string_view text);

inline constexpr std::string_view kTimeForms =
    "now, 14:00, 2pm, +1h, \"tomorrow 14:00\", \"mon 9\", \"2026-11-24 14:00\", 24.11.2026, "
    "\"14:00 Asia/Tokyo\" or 2026-11-24T14:00:00Z";

}  // namespace berth::cli
