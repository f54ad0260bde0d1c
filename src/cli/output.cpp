#include "cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.hpp"
#include "cli/booking_title.hpp"
#include "cli/conversation.hpp"
#include "cli/home_text.hpp"
#include "cli/money.hpp"

namespace berth::cli {
namespace {

const json::array& array_at(const json::value& root, std::initializer_list<std::string_view> path) {
  static const json::array kNone;
  const auto* value = find(root, path);
  return value == nullptr || !value->is_array() ? kNone : value->get_array();
}

/// A sentence, and below it what it shows, line by line as it is to be copied.
std::string plain_lines(std::string_view text) {
  std::string out;
  while (true) {
    const auto end = text.find('\n');
    out += plain(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

/// Whether a sentence already has a value in it; a short one may be there by chance.
bool is_told(std::string_view sentence, std::string_view value) {
  constexpr std::size_t kByChance = 4;
  return value.size() > kByChance && sentence.find(value) != std::string_view::npos;
}

/// The server's sentences speak of the fields of a booking in words; of others by their path in the body.
bool names_its_field(std::string_view field, std::string_view sentence) {
  for (const std::string_view question : {"create.", "edit.", "extend."}) {
    if (field.starts_with(question)) field.remove_prefix(question.size());
  }
  for (const auto& [name, words] : {std::pair{"cpu", "CPU "},
                                    {"memory_gib", "Memory "},
                                    {"storage_gib", "Storage "},
                                    {"name", "Name "},
                                    {"units", "Units "},
                                    {"start", "Start "},
                                    {"end", "End "},
                                    {"duration_minutes", "Length "},
                                    {"duration_minutes", "Duration "},
                                    {"duration_minutes", "End "},
                                    {"duration_minutes", "Longest "},
                                    {"duration_minutes", "Shortest "},
                                    {"device_class", "Class "},
                                    {"mode", "Mode "},
                                    {"team", "Team "},
                                    {"pool", "Pool "}}) {
    if (field == name && sentence.starts_with(words)) return true;
  }
  return sentence.starts_with(field) && !field.empty();
}

/// A number of minutes as a length: "10080" as "7 d". Other values are left as they are.
std::string as_length(std::string_view field, const std::string& value) {
  constexpr std::size_t kMostDigits = 9;
  const bool is_number = !value.empty() && value.size() <= kMostDigits &&
                         value.find_first_not_of("0123456789") == std::string::npos;
  return field.ends_with("duration_minutes") && is_number ? show_length(minutes(std::stol(value))) : value;
}

/// As words of their own, however short they are.
bool is_said(std::string_view sentence, std::string_view words) {
  const auto at = sentence.find(words);
  return at != std::string_view::npos && at > 0 && (sentence[at - 1] == ' ' || sentence[at - 1] == '(');
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += "    " + plain(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// Numbers as they came; nothing for null.
std::string text_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  if (value == nullptr || value->is_null()) return "";
  if (value->is_double()) return number_text(value->get_double());
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

/// A booking as the command that makes it, to be pasted into a shell: nothing in it may do anything else
/// there.
std::string as_command(const json::value& body) {
  auto command = "berth book " + shell_word(text_at(body, {"device_class"}));
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    // A value that begins like an option is one only behind the equals sign.
    command += fmt::format(" --{}{}{}", name, value.front() == '-' ? "=" : " ", shell_word(value));
  };
  const auto minutes_long = text_at(body, {"duration_minutes"});
  add("pool", text_at(body, {"pool"}));
  add("units", text_at(body, {"units"}));
  add("start", text_at(body, {"start"}));
  add("end", text_at(body, {"end"}));
  add("for", minutes_long.empty() ? "" : minutes_long + "m");
  add("cpu", text_at(body, {"cpu"}));
  add("memory", text_at(body, {"memory_gib"}));
  add("storage", text_at(body, {"storage_gib"}));
  add("mode", text_at(body, {"mode"}));
  add("name", text_at(body, {"name"}));
  add("team", text_at(body, {"team"}));
  return command;
}

/// "Tue 24 Nov 14:00 CET to Tue 24 Nov 16:00 CET"; a start of now stays one, and a length without an end too.
std::string offered_window(const json::value& body, Instant now) {
  const auto start = string_at(body, {"start"});
  const auto end = string_at(body, {"end"});
  const auto length = minutes(find_int(body, {"duration_minutes"}).value_or(0));
  return fmt::format("{} {}", start == "now" ? start : show_time(start, now),
                     end.empty() ? "for " + show_length(length) : "to " + show_time(end, now));
}

std::string money_at(const json::value& root, std::string_view name, const std::string& currency) {
  const auto* value = find(root, {name});
  return value != nullptr && value->is_number() ? money_text(value->to_number<double>(), currency) : "-";
}

std::string rate_at(const json::value& root) {
  const auto* rate = find(root, {"rate"});
  return rate != nullptr && rate->is_number()
             ? rate_text(rate->to_number<double>(), string_at(root, {"currency"}))
             : "-";
}

/// Hundredths of an hour are as much as is read.
std::string hours_at(const json::value& root) {
  const auto* value = find(root, {"unit_hours"});
  if (value == nullptr || !value->is_number()) return "-";
  auto text = fmt::format("{:.2f}", value->to_number<double>());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Duration since(const json::value& root, std::string_view from, std::string_view to, Instant now) {
  const auto begun = parse_rfc3339(string_at(root, {from}));
  if (!begun) return Duration(0);
  const auto ended = parse_rfc3339(string_at(root, {to}));
  return std::max(Duration(0), (ended ? *ended : now) - *begun);
}

}  // namespace

int exit_code_of(long status) {
  if (status < 400) return kOk;
  switch (status) {
    case 400:
    case 422:
      return kUsage;
    case 401:
    case 403:
      return kNotAllowed;
    case 404:
      return kNotFound;
    case 409:
      return kConflict;
    case 503:
      return kUnreachable;
    default:
      return kFailed;
  }
}

int exit_code_of(const Error& error) {
  if (error.code == Code::kUnavailable) return kUnreachable;
  return error.code == Code::kInvalid ? kUsage : kFailed;
}

std::string problem_text(const json::value& problem, Instant now) {
  const auto& fields = array_at(problem, {"errors"});
  std::string out = with_local_times(plain(string_at(problem, {"detail"})), now);
  if (out.empty()) out = "the server refused without a reason";
  // Whatever ended it: revoked, over, or a restored database that never had it.
  const auto code = string_at(problem, {"code"});
  if (code == "token_unknown" || code == "token_revoked" || code == "token_expired")
    out += "; berth login ADDRESS --email YOU makes one that works";
  bool first = true;
  for (const auto& field : fields) {
    const auto name = plain(string_at(field, {"field"}));
    const auto message = with_local_times(plain_lines(string_at(field, {"message"})), now);
    // A sentence that names its field needs no second name before it.
    auto line = names_its_field(name, message) ? message : fmt::format("{}: {}", name, message);
    auto value = as_length(name, with_local_times(plain(string_at(field, {"value"})), now));
    auto limit = as_length(name, with_local_times(plain(string_at(field, {"limit"})), now));
    // The length that was asked for is no news about an end that is past, and a limit is told once.
    if (name.ends_with("duration_minutes") && message.starts_with("End ")) value.clear();
    if (name.ends_with("duration_minutes") && is_said(message, limit)) limit.clear();
    if (!value.empty() && !is_told(message, value)) line += fmt::format(" (was {})", value);
    if (!limit.empty() && !is_told(message, limit)) line += fmt::format(" (limit: {})", limit);
    // What is said of the whole is mostly the first field's sentence: once is enough.
    out = first && out.find(message) != std::string::npos ? line : out + "\n  " + line;
    first = false;
  }
  const auto& offers = array_at(problem, {"alternatives"});
  if (!offers.empty()) out += "\nThese fit:";
  for (const auto& offer : offers) {
    out += fmt::format("\n  {}:  {}", offered_window(offer, now), plain(as_command(offer)));
  }
  return out;
}

std::string pools_text(const json::value& pools) {
  std::vector<std::vector<std::string>> rows{
      {"POOL", "CLASS", "TITLE", "UNITS", "SLOTS", "CPU", "MEMORY", "STORAGE", "RATE"}};
  for (const auto& pool : array_at(pools, {"items"})) {
    for (const auto& it : array_at(pool, {"device_classes"})) {
      rows.push_back({text_at(pool, {"name"}), text_at(it, {"name"}), text_at(it, {"title"}),
                      text_at(it, {"units"}), text_at(it, {"slots_per_unit"}),
                      text_at(it, {"defaults", "cpu"}), text_at(it, {"defaults", "memory_gib"}) + " GiB",
                      text_at(it, {"defaults", "storage_gib"}) + " GiB", rate_at(it) + "/h"});
    }
  }
  return table(rows);
}

std::string free_text(const json::value& availability, Instant now) {
  // What units of another layout keep from being used is told where there is any.
  const auto is_blocked = [](const json::value& segment) {
    const auto* blocked = find(segment, {"blocked"});
    return blocked != nullptr && blocked->is_number() && blocked->to_number<double>() > 0;
  };
  const auto& classes = array_at(availability, {"device_classes"});
  const bool layouts = std::any_of(classes.begin(), classes.end(), [&](const json::value& it) {
    const auto& segments = array_at(it, {"segments"});
    return std::any_of(segments.begin(), segments.end(), is_blocked);
  });
  std::vector<std::vector<std::string>> rows{{"WHAT", "FROM", "TO", "FREE", "OF"}};
  if (layouts) rows.front().emplace_back("BLOCKED");
  const auto add = [&](const std::string& name, const json::value& series, std::string_view unit) {
    for (const auto& segment : array_at(series, {"segments"})) {
      rows.push_back({name, show_time(string_at(segment, {"start"}), now),
                      show_time(string_at(segment, {"end"}), now),
                      fmt::format("{}{}", text_at(segment, {"free"}), unit), text_at(series, {"total"})});
      if (layouts) rows.back().push_back(is_blocked(segment) ? text_at(segment, {"blocked"}) : "");
    }
  };
  for (const auto& it : classes) add(text_at(it, {"device_class"}), it, "");
  const auto resource = [&](const std::string& name, std::string_view field, std::string_view unit) {
    if (const auto* series = find(availability, {field})) add(name, *series, unit);
  };
  resource("CPU", "cpu", "");
  resource("memory", "memory_gib", " GiB");
  resource("storage", "storage_gib", " GiB");
  return table(rows);
}

namespace {

std::string window_text(const json::value& it, Instant now) {
  const auto end = string_at(it, {"end"});
  auto text = fmt::format("{} to {}", show_time(string_at(it, {"start"}), now), show_time(real_end(it), now));
  if (real_end(it) != end) text += fmt::format(", booked until {}", show_time(end, now));
  return text;
}

}  // namespace

std::string list_text(const json::value& page, Instant now) {
  constexpr std::size_t kLongestName = 30;
  std::vector<std::vector<std::string>> rows{
      {"ID", "NAME", "CLASS", "UNITS", "START", "END", "COST", "STATE", "OWNER"}};
  for (const auto& it : array_at(page, {"items"})) {
    const auto phase = text_at(it, {"phase"});
    const auto state = text_at(it, {"state"});
    rows.push_back({text_at(it, {"id"}).substr(0, kShownIdBytes), cut(title_of(it), kLongestName),
                    text_at(it, {"device_class"}), text_at(it, {"units"}),
                    show_time(string_at(it, {"start"}), now), show_time(real_end(it), now),
                    cost_of(it).value_or(""),
                    state == "ACTIVE" && !phase.empty() ? fmt::format("{} ({})", state, phase) : state,
                    text_at(it, {"owner"})});
  }
  if (rows.size() == 1) return "No reservations.\n";
  auto out = table(rows);
  if (find_bool(page, {"more"}).value_or(false))
    out += fmt::format("{} shown, more with --all\n", rows.size() - 1);
  return out;
}

std::string reservation_text(const json::value& it, Instant now) {
  const bool ending = find_bool(it, {"ending"}).value_or(false) && !is_over(text_at(it, {"state"}));
  std::string units;
  for (const auto& unit : array_at(it, {"unit_names"}))
    units += (units.empty() ? "" : ", ") + std::string(unit.as_string());
  std::vector<std::vector<std::string>> rows{
      {"id", text_at(it, {"id"})},
      {"pool", fmt::format("{} on {}", text_at(it, {"pool"}), text_at(it, {"node"}))},
      {"what", fmt::format("{} x {} ({})", text_at(it, {"units"}), text_at(it, {"device_class"}), units)},
      {"with", fmt::format("{} CPU, {} GiB memory, {} GiB storage", text_at(it, {"cpu"}),
                           text_at(it, {"memory_gib"}), text_at(it, {"storage_gib"}))},
      {"mode", text_at(it, {"mode"})},
      {"window", window_text(it, now)},
      {"rate", rate_at(it) + " per unit and hour"},
      {"owner", text_at(it, {"owner"})},
      {"state", text_at(it, {"state"}) + (ending ? ", ending" : "")}};
  if (const auto name = text_at(it, {"name"}); !name.empty()) rows.insert(rows.begin() + 1, {"name", name});
  if (const auto* home = find(it, {"home"}); home != nullptr) {
    if (auto files = files_text(*home, text_at(it, {"state"}) == "APPROVED", now); !files.empty())
      rows.insert(rows.begin() + (text_at(it, {"name"}).empty() ? 6 : 7), {"files", std::move(files)});
  }
  if (const auto cost = cost_of(it)) rows.insert(rows.end() - 2, {"cost", *cost});
  if (const auto team = text_at(it, {"team"}); !team.empty()) rows.insert(rows.end() - 1, {"team", team});
  if (const auto reason = text_at(it, {"reason"}); !reason.empty()) rows.push_back({"reason", reason});
  for (const auto& warning : array_at(it, {"warnings"})) {
    if (warning.is_string()) rows.push_back({"warning", plain(std::string_view(warning.get_string()))});
  }
  return table(rows);
}

namespace {

std::optional<Duration> length_of(const json::value& it) {
  const auto start = parse_rfc3339(string_at(it, {"start"}));
  const auto end = parse_rfc3339(string_at(it, {"end"}));
  // What begins between two minutes is told in minutes: a part of one is nobody's wish.
  if (!start || !end || *end - *start < minutes(1)) return std::nullopt;
  return std::chrono::ceil<minutes>(*end - *start);
}

std::string rounded_up(minutes asked) {
  return fmt::format(
      "{} asked for, and from between two steps of the calendar a booking ends on the next one",
      show_length(asked));
}

/// What, with what, from when to when, and for how much.
std::vector<std::vector<std::string>> planned_rows(const json::value& forecast, Instant now,
                                                   std::optional<minutes> asked) {
  std::vector<std::vector<std::string>> rows;
  const auto* it = find(forecast, {"resolved"});
  if (it != nullptr && it->is_object()) {
    rows.push_back({"what", fmt::format("{} x {}", text_at(*it, {"units"}), text_at(*it, {"device_class"}))});
    rows.push_back({"with", fmt::format("{} CPU, {} GiB memory, {} GiB storage", text_at(*it, {"cpu"}),
                                        text_at(*it, {"memory_gib"}), text_at(*it, {"storage_gib"}))});
    rows.push_back({"window", fmt::format("{} to {}", show_time(string_at(*it, {"start"}), now),
                                          show_time(string_at(*it, {"end"}), now))});
    if (const auto length = length_of(*it)) {
      const auto more = asked && *length > *asked;
      rows.push_back({"length", show_length(*length) + (more ? " (" + rounded_up(*asked) + ")" : "")});
    }
  }
  if (const auto* home = find(forecast, {"home"}); home != nullptr && it != nullptr && it->is_object()) {
    const auto start = parse_rfc3339(string_at(*it, {"start"}));
    // Of what began long ago it is over what was there then.
    if (auto files = files_text(*home, start && *start > now - minutes(1), now); !files.empty())
      rows.push_back({"files", std::move(files)});
  }
  const auto* price = find(forecast, {"price"});
  if (price != nullptr && price->is_object()) {
    const auto currency = text_at(*price, {"currency"});
    const auto change = text_at(*price, {"change"});
    rows.push_back(
        {"price", fmt::format("{} ({} per unit and hour, {} unit hours)",
                              money_at(*price, "amount", currency), rate_at(*price), hours_at(*price))});
    if (!change.empty()) rows.push_back({"change", money_at(*price, "change", currency)});
  }
  return rows;
}

}  // namespace

std::string plan_text(const json::value& forecast, Instant now, std::optional<minutes> asked) {
  return table(planned_rows(forecast, now, asked));
}

std::optional<std::string> longer_than_asked(const json::value& reservation, minutes asked) {
  const auto length = length_of(reservation);
  if (!length || *length <= asked) return std::nullopt;
  const auto cost = cost_of(reservation);
  return fmt::format("it is {} long: {}{}", show_length(*length), rounded_up(asked),
                     cost ? "; it costs " + *cost : "");
}

std::optional<std::string> lost_repeat(const json::value& reservation) {
  const auto state = string_at(reservation, {"state"});
  if (state != "CANCELED" && state != "FAILED") return std::nullopt;
  return fmt::format("this key booked {}, which {}; use a new key", plain(string_at(reservation, {"id"})),
                     state == "CANCELED" ? "was canceled" : "failed");
}

std::string forecast_text(const json::value& forecast, Instant now, std::optional<minutes> asked) {
  const bool fits = find_bool(forecast, {"fits"}).value_or(false);
  std::string out = fits ? "It would be done now; nothing was.\n" : "It would not be done.\n";
  if (const auto* problem = find(forecast, {"problem"}); problem != nullptr && problem->is_object()) {
    out += problem_text(*problem, now) + '\n';
  }
  auto rows = planned_rows(forecast, now, asked);
  const auto* furthest = find(forecast, {"furthest"});
  if (furthest != nullptr && furthest->is_object()) {
    const auto end = string_at(*furthest, {"end"});
    rows.push_back({"could end",
                    fmt::format("{}: {}", end.empty() ? "at no time" : show_time(end, now) + " at the latest",
                                with_local_times(plain(string_at(*furthest, {"message"})), now))});
  }
  return out + table(rows);
}

std::string session_text(const json::value& session, Instant now) {
  auto out = fmt::format("session {} in namespace {}\n", plain(string_at(session, {"phase"})),
                         plain(string_at(session, {"namespace"})));
  std::vector<std::vector<std::string>> rows;
  std::string words;  // the cluster's own, of steps that failed
  for (const auto& step : array_at(session, {"steps"})) {
    const auto state = string_at(step, {"state"});
    const auto tries = find_int(step, {"tries"}).value_or(0);
    // Its first line is for people, below are the cluster's words.
    const auto detail = string_at(step, {"detail"});
    rows.push_back({"  " + text_at(step, {"name"}), state,
                    state == "pending" ? "" : show_length(since(step, "started_at", "finished_at", now)),
                    tries > 1 ? fmt::format("{} tries", tries) : "",
                    plain(detail.substr(0, detail.find('\n')))});
    const auto below = detail.find('\n');
    if (state == "failed" && below != std::string::npos) words += indented(detail.substr(below + 1));
  }
  out += table(rows) + words;
  if (const auto why = string_at(session, {"waiting_for", "reason"}); !why.empty()) {
    const auto until = parse_rfc3339(string_at(session, {"waiting_for", "until"}));
    const bool ahead = until && *until > now;
    out += fmt::format("  waiting: {}{}\n", plain(why),
                       ahead ? fmt::format(" Looked at again in {}.", show_length(*until - now)) : "");
  }
  // What is being taken away, or is gone, answers no more.
  const auto phase = string_at(session, {"phase"});
  if (phase == "Stopping" || phase == "Gone") return out;
  for (const auto& endpoint : array_at(session, {"endpoints"})) {
    out +=
        fmt::format("  {}  {}\n", plain(string_at(endpoint, {"name"})), plain(string_at(endpoint, {"url"})));
  }
  return out;
}

}  // namespace berth::cli
