#include "cli/usage.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/percent.hpp"
#include "base/quantity.hpp"
#include "cli/api_client.hpp"
#include "cli/money.hpp"
#include "cli/range.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr int kPageRows = 500;  // the most that the API gives at once

std::string row_text(const json::value& row, std::string_view name) {
  return string_at(row, {name});
}

std::string number_at(const json::value& row, std::string_view name, double times, std::string_view unit,
                      int decimals = 1) {
  const auto* value = find(row, {name});
  if (value == nullptr || !value->is_number()) return "-";
  return fmt::format("{:.{}f}{}", value->to_number<double>() * times, decimals, unit);
}

std::string money_at(const json::value& row, std::string_view name, const std::string& currency) {
  const auto micros = find_int(row, {name});
  return micros ? amount_text(*micros, currency) : "-";
}

/// Times as the clocks of the pool's zone show them; this machine's where it does not know that zone.
class Clock {
 public:
  Clock(const std::string& zone, Instant now) : now_(now) {
    if (auto named = Zone::named(zone)) zone_ = *named;
  }
  std::string shown(std::string_view rfc3339) const {
    const auto at = parse_rfc3339(rfc3339);
    return at ? show_time(*at, now_, zone_) : "-";
  }

 private:
  Instant now_;
  Zone zone_ = Zone::here();
};

using Cells = std::vector<std::string>;

/// What stands in front of the figures: of a session more than its name.
Cells heading(bool sessions, const std::string& by) {
  if (sessions) return {"ID", "NAME", "OWNER", "TEAM", "CLASS", "FROM", "TO"};
  if (by == "owner") return {"OWNER"};
  if (by == "team") return {"TEAM"};
  return {by == "class" ? "CLASS" : "MONTH"};
}

Cells front_of(const json::value& row, bool sessions, const Clock& clock) {
  constexpr std::size_t kLongestName = 30;
  const auto key = row_text(row, "key");
  if (sessions) {
    return {key.substr(0, kShownIdBytes),
            cut(row_text(row, "name"), kLongestName),
            row_text(row, "owner"),
            row_text(row, "team"),
            row_text(row, "device_class"),
            clock.shown(row_text(row, "held_from")),
            clock.shown(row_text(row, "held_to"))};
  }
  const bool provisional = find_bool(row, {"provisional"}).value_or(false);
  return {(key.empty() ? "no team" : key) + (provisional ? " (provisional)" : "")};
}

/// What every row of the table has.
struct Figures {
  int decimals = 1;  // of hours: sessions may be of minutes
  bool shares_annual_cost = false;
  std::string booked_currency{};
  std::string annual_currency{};
};

void add_figures(Cells& cells, const json::value& row, const Figures& figures) {
  cells.push_back(number_at(row, "unit_hours", 1, "", figures.decimals));
  cells.push_back(number_at(row, "gpu_hours", 1, "", figures.decimals));
  cells.push_back(number_at(row, "share", 100, " %"));
  cells.push_back(money_at(row, "booked_cost_micros", figures.booked_currency));
  if (figures.shares_annual_cost)
    cells.push_back(money_at(row, "annual_cost_share_micros", figures.annual_currency));
}

std::string with_currency(std::string_view title, const std::string& currency) {
  return currency.empty() ? std::string(title) : fmt::format("{} ({})", title, plain(currency));
}

/// What the columns of money are, and why one is empty.
std::string money_notes(const json::value& usage, bool shares_annual_cost) {
  const auto no_sum = string_at(usage, {"reasons", "booked_cost"});
  const auto no_share = string_at(usage, {"reasons", "cost"});
  auto out = no_sum.empty()
                 ? std::string(
                       "Cost: the rate that was booked by the unit hours that were held, so far where a "
                       "session runs.\n")
                 : fmt::format("No cost: {}.\n", plain(no_sum));
  out += shares_annual_cost
             ? "Annual share: what of the pool's annual cost falls on the row, idle hours too.\n"
               "Both are rounded; -o csv has every digit.\n"
             : fmt::format("Costs are rounded; -o csv has every digit. No share of the annual cost: {}.\n",
                           plain(no_share));
  return out;
}

std::string utilisation_text(const json::value& usage) {
  std::vector<Cells> rows{{"MONTH", "CLASS", "RESERVED (unit h)", "BOOKABLE (unit h)", "UTILISATION"}};
  for (const auto& row : list_at(usage, {"utilisation"})) {
    const bool provisional = find_bool(row, {"provisional"}).value_or(false);
    rows.push_back({row_text(row, "month") + (provisional ? " (provisional)" : ""),
                    row_text(row, "device_class"), number_at(row, "reserved_unit_hours", 1, ""),
                    number_at(row, "bookable_unit_hours", 1, ""), number_at(row, "utilisation", 100, " %")});
  }
  return "Reserved utilisation\n" + table(rows);
}

}  // namespace

Result<std::string> usage_path(const UsageOptions& options, const std::string& pool, bool csv,
                               const Reference& reference) {
  auto path = fmt::format("/usage?pool={}&group_by={}", percent_encoded(pool), percent_encoded(options.by));
  const bool until_now = options.to.empty() && !options.from.empty();
  auto looking_back = reference;
  looking_back.back = true;
  const auto range = parse_range(options.from, until_now ? "now" : options.to, looking_back);
  if (!range) return fail(range.error());
  for (const auto& [name, at] : {std::pair{"from", range->from}, {"to", range->to}}) {
    if (at) path += fmt::format("&{}={}", name, format_rfc3339(std::chrono::floor<seconds>(*at)));
  }
  return path + (csv ? std::string("&format=csv") : fmt::format("&limit={}", kPageRows));
}

std::string usage_text(const json::value& usage, Instant now) {
  const auto by = string_at(usage, {"group_by"});
  const bool sessions = by == "session";
  const Clock clock(string_at(usage, {"time_zone"}), now);
  const Figures figures{.decimals = sessions ? 2 : 1,
                        .shares_annual_cost = string_at(usage, {"reasons", "cost"}).empty(),
                        .booked_currency = string_at(usage, {"booked_currency"}),
                        .annual_currency = string_at(usage, {"currency"})};
  std::vector<Cells> rows{heading(sessions, by)};
  for (const auto* title : {"UNIT HOURS", "GPU HOURS", "SHARE"}) rows.front().emplace_back(title);
  rows.front().push_back(with_currency("COST", figures.booked_currency));
  if (figures.shares_annual_cost) {
    rows.front().push_back(with_currency("ANNUAL SHARE", figures.annual_currency));
  }
  const auto columns = heading(sessions, by).size();
  for (const auto& row : list_at(usage, {"items"})) {
    rows.push_back(front_of(row, sessions, clock));
    add_figures(rows.back(), row, figures);
  }
  for (const auto& [name, title] : {std::pair{"others", "others"},
                                    {"idle", "idle"},
                                    {"blocked", "blocked"},
                                    {"out_of_service", "out of service"},
                                    {"total", "total"}}) {
    const auto* row = find(usage, {name});
    if (row == nullptr || row->is_null()) continue;
    rows.emplace_back(columns);
    rows.back().front() = title;
    add_figures(rows.back(), *row, figures);
  }
  auto out = fmt::format(
      "Usage of pool {} from {} to {}{}\nCounted from {} to {} ({}); days and months are those of {}\n",
      plain(string_at(usage, {"pool"})), clock.shown(string_at(usage, {"from"})),
      clock.shown(string_at(usage, {"to"})),
      find_bool(usage, {"provisional"}).value_or(false) ? ", provisional" : "",
      clock.shown(string_at(usage, {"counted", "from"})), clock.shown(string_at(usage, {"counted", "to"})),
      number_at(usage.at("counted"), "hours", 1, " h"), plain(string_at(usage, {"time_zone"})));
  out += "\n" + table(rows);
  out += money_notes(usage, figures.shares_annual_cost);
  out += "\n" + utilisation_text(usage);
  out += fmt::format("GPU activity: {}. Tokens: {}.\n", plain(string_at(usage, {"reasons", "gpu_activity"})),
                     plain(string_at(usage, {"reasons", "tokens"})));
  return out;
}

}  // namespace berth::cli
