// Usage as the API answers it: JSON a page at a time, or the whole table as CSV, from the same rows.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/pool.hpp"
#include "store/page.hpp"
#include "usage/usage.hpp"

namespace berth::portal {

/// What the platform cannot say yet: never 0, which would be a measurement.
inline constexpr std::string_view kNotMeasured = "not measured";

struct UsageView {
  const model::Pool& pool;
  const usage::Facts& facts;
  const usage::Account& account;
  const usage::Table& table;
  usage::By by = usage::By::kOwner;
  std::string_view sees;  // "own", "led", "all": whose rows stand by themselves
  std::vector<std::string> booked_currencies{};
};

/// `page` holds rows of the view's table; the rows beside it stand on every page.
json::object usage_json(const UsageView& view, const store::Page<usage::Row>& page);

/// RFC 4180: a header line with units, then every row, then others, idle, blocked, out_of_service and total.
/// Texts that a spreadsheet would take for a formula begin with an apostrophe.
std::string usage_csv(const UsageView& view);

}  // namespace berth::portal
