#include "cli/usage.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/quantity.hpp"
#include "cli/api_client.hpp"
#include "cli/money.hpp"
#include "cli/times.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr int kPageRows = 500;  // the most that the API gives at once

Result<Instant> read_time(std::string_view field, const std::string& text, Instant now) {
  auto at = text == "now" ? Result<Instant>(now) : parse_time(text, now);
  if (!at) {
    return fail(
        invalid_field(std::string(field), text, "a date or time",
                      fmt::format("--{}: \"{}\" is not a time: use 2026-11-01, \"2026-11-24 14:00\" or "
                                  "2026-11-24T14:00:00Z",
                                  field, text)));
  }
  return at;
}

std::string text_at(const json::value& row, std::string_view name) {
  return string_at(row, {name});
}

std::string number_at(const json::value& row, std::string_view name, double times, std::string_view unit) {
  const auto* value = find(row, {name});
  if (value == nullptr || !value->is_number()) return "-";
  return fmt::format("{:.1f}{}", value->to_number<double>() * times, unit);
}

std::string money_at(const json::value& row, const std::string& currency) {
  const auto micros = find_int(row, {"cost_micros"});
  return micros ? amount_text(*micros, currency) : "-";
}

/// What its owner is told that it costs: by the rate that was booked, whatever the pool's annual cost.
std::string price_at(const json::value& row) {
  const auto micros = find_int(row, {"price_micros"});
  if (!micros) return "-";
  const auto hundredths = (*micros + 5'000) / 10'000;
  return fmt::format("{}.{:02} {}", hundredths / 100, hundredths % 100,
                     plain(text_at(row, "price_currency")));
}

const json::array& list_at(const json::value& root, std::string_view name) {
  static const json::array kNone;
  const auto* value = find(root, {name});
  return value == nullptr || !value->is_array() ? kNone : value->get_array();
}

using Cells = std::vector<std::string>;

/// What stands in front of the figures: of a session more than its name.
Cells heading(bool sessions, const std::string& by) {
  if (sessions) return {"ID", "NAME", "OWNER", "TEAM", "CLASS", "FROM", "TO", "PRICE"};
  if (by == "owner") return {"OWNER"};
  if (by == "team") return {"TEAM"};
  return {by == "class" ? "CLASS" : "MONTH"};
}

Cells front_of(const json::value& row, bool sessions, Instant now) {
  constexpr std::size_t kShownIdBytes = 8;
  const auto key = text_at(row, "key");
  if (sessions) {
    return {key.substr(0, kShownIdBytes),
            text_at(row, "name"),
            text_at(row, "owner"),
            text_at(row, "team"),
            text_at(row, "device_class"),
            show_time(text_at(row, "held_from"), now),
            show_time(text_at(row, "held_to"), now),
            price_at(row)};
  }
  const bool provisional = find_bool(row, {"provisional"}).value_or(false);
  return {(key.empty() ? "no team" : key) + (provisional ? " (provisional)" : "")};
}

void add_figures(Cells& cells, const json::value& row, const std::string& currency) {
  cells.push_back(number_at(row, "unit_hours", 1, ""));
  cells.push_back(number_at(row, "gpu_hours", 1, ""));
  cells.push_back(number_at(row, "share", 100, " %"));
  cells.push_back(money_at(row, currency));
}

std::string utilisation_text(const json::value& usage) {
  std::vector<Cells> rows{{"MONTH", "CLASS", "RESERVED (unit h)", "BOOKABLE (unit h)", "UTILISATION"}};
  for (const auto& row : list_at(usage, "utilisation")) {
    const bool provisional = find_bool(row, {"provisional"}).value_or(false);
    rows.push_back({text_at(row, "month") + (provisional ? " (provisional)" : ""),
                    text_at(row, "device_class"), number_at(row, "reserved_unit_hours", 1, ""),
                    number_at(row, "bookable_unit_hours", 1, ""), number_at(row, "utilisation", 100, " %")});
  }
  return "Reserved utilisation\n" + table(rows);
}

}  // namespace

Result<std::string> usage_path(const UsageOptions& options, const std::string& pool, bool csv, Instant now) {
  auto path = fmt::format("/usage?pool={}&group_by={}", url_encode(pool), url_encode(options.by));
  const auto add = [&](std::string_view field, const std::string& text) -> Status {
    const auto at = read_time(field, text, now);
    if (!at) return fail(at.error());
    path += fmt::format("&{}={}", field, format_rfc3339(std::chrono::floor<seconds>(*at)));
    return {};
  };
  if (!options.from.empty()) {
    if (auto added = add("from", options.from); !added) return fail(added.error());
  }
  if (!options.to.empty() || !options.from.empty()) {
    if (auto added = add("to", options.to.empty() ? "now" : options.to); !added) return fail(added.error());
  }
  return path + (csv ? std::string("&format=csv") : fmt::format("&limit={}", kPageRows));
}

std::string usage_text(const json::value& usage, Instant now) {
  const auto by = string_at(usage, {"group_by"});
  const bool sessions = by == "session";
  const auto currency = string_at(usage, {"currency"});
  std::vector<Cells> rows{heading(sessions, by)};
  for (const auto* title : {"UNIT HOURS", "GPU HOURS", "SHARE"}) rows.front().emplace_back(title);
  rows.front().push_back(currency.empty() ? "COST" : fmt::format("COST ({})", plain(currency)));
  const auto columns = heading(sessions, by).size();
  for (const auto& row : list_at(usage, "items")) {
    rows.push_back(front_of(row, sessions, now));
    add_figures(rows.back(), row, currency);
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
    add_figures(rows.back(), *row, currency);
  }
  auto out =
      fmt::format("Usage of pool {} from {} to {}{}\nCounted from {} to {} ({}); months are those of {}\n",
                  plain(string_at(usage, {"pool"})), show_time(string_at(usage, {"from"}), now),
                  show_time(string_at(usage, {"to"}), now),
                  find_bool(usage, {"provisional"}).value_or(false) ? ", provisional" : "",
                  show_time(string_at(usage, {"counted", "from"}), now),
                  show_time(string_at(usage, {"counted", "to"}), now),
                  number_at(usage.at("counted"), "hours", 1, " h"), plain(string_at(usage, {"time_zone"})));
  out += "\n" + table(rows);
  const auto no_cost = string_at(usage, {"reasons", "cost"});
  out += no_cost.empty() ? "Costs are rounded; -o csv has every digit.\n"
                         : fmt::format("No costs: {}.\n", plain(no_cost));
  out += "\n" + utilisation_text(usage);
  out += fmt::format("GPU activity: {}. Tokens: {}.\n", plain(string_at(usage, {"reasons", "gpu_activity"})),
                     plain(string_at(usage, {"reasons", "tokens"})));
  return out;
}

}  // namespace berth::cli
