// What usage is computed from: claims, units' histories, holds, months in the pool's zone.
#pragma once

#include <optional>

#include "model/permissions.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "usage/usage.hpp"

namespace berth::store {

inline constexpr std::chrono::hours kMaxUsagePeriod{24 * 400};
/// Claims, and changes and holds of units, that one period may hold: all are in memory at once.
inline constexpr int kMaxUsageRows = 100'000;

struct UsageRequest {
  std::optional<Window> period;  // empty: the calendar month of the pool's zone that `now` lies in
  std::optional<Instant> as_of;  // "now" of an earlier page; empty, or still to come: the database's now
  int most_rows = kMaxUsageRows;
};

/// Reservations are visible where the viewer may see their usage as a row of its own. kInvalid (field "to")
/// for a period that is empty, longer than kMaxUsagePeriod, or holds more than `most_rows`.
Result<usage::Facts> load_usage_facts(pg::Connection& connection, const model::Viewer& viewer,
                                      const model::Pool& pool, const UsageRequest& request);

}  // namespace berth::store
