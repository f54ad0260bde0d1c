// `berth usage`: what to ask for, and the answer as a table.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

struct UsageOptions {
  std::string pool;  // empty: the only one
  std::string from;  // empty, with `to`: the month that runs
  std::string to;    // empty: now
  std::string by = "owner";
};

/// The address of the first page, or of the whole as CSV. Times are as parse_time reads them; a date alone is
/// its midnight. kInvalid (field "from" or "to") for what is no time.
Result<std::string> usage_path(const UsageOptions& options, const std::string& pool, bool csv, Instant now);

/// Rows, those beside them and the total; below it reserved utilisation, and why values are missing. Amounts
/// of money are rounded to hundredths.
std::string usage_text(const json::value& usage, Instant now);

}  // namespace berth::cli
