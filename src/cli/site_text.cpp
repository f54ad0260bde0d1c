#include "cli/site_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/booking_title.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using Cells = std::vector<std::string>;

std::string text_at(const json::value& root, std::string_view name) {
  const auto* value = find(root, {name});
  if (value == nullptr || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

bool is_more(const json::value& page) {
  return find_bool(page, {"more"}).value_or(false);
}

std::string with_more(std::string text, std::size_t shown, const json::value& page) {
  if (is_more(page)) text += fmt::format("{} shown, more with --all\n", shown);
  return text;
}

std::string controller_text(const json::value& it, Instant now) {
  const auto state = text_at(it, "state");
  if (state == "never_reported") return "has never reported";
  const auto last = parse_rfc3339(text_at(it, "last_report_at"));
  const auto ago = last ? show_length(std::max(Duration(0), now - *last)) + " ago" : "at a time not known";
  return state == "reporting" ? "reports, last " + ago : "silent, last report " + ago;
}

/// Of those that run: how long it goes on; of the others: in how long it starts.
std::string when_text(const json::value& it, Instant now) {
  const bool runs = text_at(it, "state") == "ACTIVE";
  const auto at = parse_rfc3339(text_at(it, runs ? "end" : "start"));
  if (!at) return "";
  if (*at <= now) return runs ? "ends now" : "starts now";
  return fmt::format("{} in {}", runs ? "ends" : "starts", show_length(*at - now));
}

std::string pools_part(const json::value& status) {
  std::vector<Cells> rows{{"POOL", "CLASS", "FREE", "RESERVED", "BLOCKED", "OUT OF SERVICE", "OF"}};
  for (const auto& pool : list_at(status, {"pools"})) {
    for (const auto& it : list_at(pool, {"device_classes"})) {
      rows.push_back({text_at(pool, "name"), text_at(it, "device_class"), text_at(it, "free"),
                      text_at(it, "reserved"), text_at(it, "blocked"), text_at(it, "out_of_service"),
                      text_at(it, "total")});
    }
  }
  return rows.size() == 1 ? "There is no pool.\n" : table(rows);
}

std::string own_part(const json::value& status, Instant now) {
  std::vector<Cells> rows;
  for (const auto& it : list_at(status, {"reservations"})) {
    const auto phase = text_at(it, "phase");
    const auto state = text_at(it, "state");
    rows.push_back({"  " + text_at(it, "id").substr(0, kShownIdBytes), cut(title_of(it), 30),
                    fmt::format("{} x {}", text_at(it, "units"), text_at(it, "device_class")),
                    show_time(text_at(it, "start"), now) + " to " + show_time(text_at(it, "end"), now),
                    when_text(it, now), phase.empty() ? state : fmt::format("{} ({})", state, phase)});
  }
  if (rows.empty()) return "You have nothing running or booked.\n";
  const auto more = find_int(status, {"more_reservations"}).value_or(0);
  return "Yours:\n" + table(rows) + (more > 0 ? fmt::format("  and {} more: berth list --mine\n", more) : "");
}

}  // namespace

std::string whoami_text(const json::value& me, const std::string& server, const json::value& token,
                        Instant now) {
  const auto* user = find(me, {"user"});
  if (user == nullptr) return "";
  const auto teams = comma_joined(list_at(*user, {"teams"}));
  std::vector<Cells> rows{{"e-mail", text_at(*user, "email")},
                          {"name", text_at(*user, "name")},
                          {"role", text_at(*user, "role")},
                          {"teams", teams.empty() ? "none" : teams},
                          {"server", server}};
  if (token.is_object()) {
    rows.push_back({"token", fmt::format("{} ({}), until {}", text_at(token, "name"),
                                         comma_joined(list_at(token, {"scopes"})),
                                         show_time(text_at(token, "expires_at"), now))});
  }
  return table(rows);
}

json::array units_now(const json::value& availability) {
  json::array out;
  for (const auto& it : list_at(availability, {"device_classes"})) {
    const auto& segments = list_at(it, {"segments"});
    if (segments.empty()) continue;
    json::object one{{"device_class", it.at("device_class")}, {"total", it.at("total")}};
    for (const auto* part : {"free", "reserved", "blocked", "out_of_service"})
      one[part] = segments.front().at(part);
    out.push_back(std::move(one));
  }
  return out;
}

std::string status_text(const json::value& status, Instant now) {
  std::vector<Cells> rows{{"portal", fmt::format("{}, version {}, answers", text_at(status, "server"),
                                                 text_at(status, "version"))}};
  for (const auto& it : list_at(status, {"controllers"})) {
    rows.push_back(
        {"reconciler", fmt::format("cluster {}, {}", text_at(it, "cluster"), controller_text(it, now))});
    if (const auto problem = text_at(it, "problem"); !problem.empty()) rows.push_back({"", problem});
  }
  if (list_at(status, {"controllers"}).empty())
    rows.push_back({"reconciler", "none: no cluster is declared"});
  if (const auto* findings = find(status, {"findings"}); findings != nullptr && findings->is_object()) {
    const auto count = find_int(*findings, {"count"}).value_or(0);
    const bool more = is_more(*findings);
    rows.push_back({"findings", count == 0 ? "none"
                                           : fmt::format("{}{}: berth findings lists them", count,
                                                         more ? " or more" : "")});
  }
  return table(rows) + "\n" + pools_part(status) + "\n" + own_part(status, now);
}

std::string findings_text(const json::value& page, Instant now) {
  std::vector<Cells> rows{{"FIRST SEEN", "CLUSTER", "KIND", "OBJECT", "WHAT", "PLANNED"}};
  for (const auto& it : list_at(page, {"items"})) {
    rows.push_back({show_time(text_at(it, "first_seen_at"), now), text_at(it, "cluster"), text_at(it, "kind"),
                    text_at(it, "object"), text_at(it, "detail"), text_at(it, "planned_action")});
  }
  return rows.size() == 1 ? "No findings.\n" : with_more(table(rows), rows.size() - 1, page);
}

std::string audit_text(const json::value& page, Instant now) {
  std::vector<Cells> rows{{"AT", "WHO", "WHAT", "KIND", "OBJECT", "OUTCOME", "FROM"}};
  for (const auto& it : list_at(page, {"items"})) {
    const auto email = text_at(it, "actor_email");
    rows.push_back({show_time(text_at(it, "at"), now), email.empty() ? text_at(it, "actor") : email,
                    text_at(it, "action"), text_at(it, "object_type"), text_at(it, "object_id"),
                    text_at(it, "outcome"), text_at(it, "source_ip")});
  }
  return rows.size() == 1 ? "No audit rows.\n" : with_more(table(rows), rows.size() - 1, page);
}

}  // namespace berth::cli
