// Instants are UTC with microseconds, as PostgreSQL keeps them. Zones exist only at the edge that shows them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A half-open stretch of time `[start, end)`.
struct Window {
  Instant start;
  Instant end;
  bool operator==(const Window&) const = default;

  bool empty() const { return end <= start; }
  Duration length() const { return end - start; }
  bool contains(Instant at) const { return start <= at && at < end; }
  bool overlaps(const Window& other) const { return start < other.end && other.start < end; }
};

/// RFC 3339 with an explicit offset or `Z`, years 1970 to 9999, at most 6 digits of fraction. Nothing may be
/// left over.
Result<Instant> parse_rfc3339(std::string_view text);

/// "2026-11-22T14:00:00Z"; a fraction of six digits only where there is one.
std::string format_rfc3339(Instant at);

/// The last multiple of `step` since the Unix epoch at or before `at`; the first at or after it.
Instant floor_to_step(Instant at, seconds step);
Instant ceil_to_step(Instant at, seconds step);

}  // namespace berth
