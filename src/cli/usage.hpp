// `berth usage`: what to ask for, and the answer as a table.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "cli/times.hpp"

namespace berth::cli {

struct UsageOptions {
  std::string pool;  // empty: the only one
  std::string from;  // empty, with `to`: the month that runs
  std::string to;    // empty: now, or without `from` the end of the month that runs
  std::string by = "owner";
};

/// The address of the first page, or of the whole as CSV. Times are as parse_time reads them in `zone`, the
/// pool's, so that everyone's November is the same; a date alone is its midnight, "mon" the last Monday.
/// kInvalid (field "from" or "to") for what is no time or no range.
Result<std::string> usage_path(const UsageOptions& options, const std::string& pool, bool csv,
                               const Reference& reference);

/// Rows, those beside them and the total; below it reserved utilisation, and why values are missing. Amounts
/// of money are rounded to hundredths. Times are those of the pool's zone.
std::string usage_text(const json::value& usage, Instant now);

}  // namespace berth::cli
