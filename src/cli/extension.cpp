#include "cli/extension.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/conversation.hpp"
#include "cli/windows.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

std::string name_of(const json::value& reservation) {
  const auto name = string_at(reservation, {"name"});
  return name.empty() ? string_at(reservation, {"id"}).substr(0, kShownIdBytes) : name;
}

}  // namespace

Result<json::object> extension_of(const TypedExtension& typed, const json::value& reservation,
                                  const Reference& now, minutes step) {
  json::object body{{"version", reservation.at("version")}};
  if (!typed.by.empty()) {
    const auto by = parse_length(typed.by.front() == '+' ? typed.by.substr(1) : typed.by);
    if (!by) return fail(by.error());
    body["minutes"] = by->count();
  } else if (!typed.until.empty()) {
    const auto window =
        moved_window({.start = {}, .end = typed.until, .length = {}}, reservation, now, step, "--until");
    if (!window) return fail(window.error());
    body["end"] = window->at("end");
  } else {
    body["minutes"] = std::max<std::int64_t>(step.count(), 1);
  }
  return body;
}

std::optional<std::string> longer_extension(const json::object& body, const json::value& reservation,
                                            std::string_view end) {
  const auto asked = find_int(json::value(body), {"minutes"});
  const auto before = parse_rfc3339(string_at(reservation, {"end"}));
  const auto after = parse_rfc3339(end);
  if (!asked || !before || !after || *after - *before <= minutes(*asked)) return std::nullopt;
  return fmt::format("it goes on for {}: {} asked for, and a booking ends on a step of the calendar",
                     show_length(*after - *before), show_length(minutes(*asked)));
}

std::optional<Instant> furthest_end(const json::value& forecast, const json::value& reservation) {
  const auto furthest = parse_rfc3339(string_at(forecast, {"furthest", "end"}));
  const auto end = parse_rfc3339(string_at(reservation, {"end"}));
  if (!furthest || !end || *furthest <= *end) return std::nullopt;
  return *furthest;
}

std::string furthest_text(const json::value& forecast, const json::value& reservation, Instant now) {
  const auto why = with_local_times(plain(string_at(forecast, {"furthest", "message"})), now);
  const auto end = furthest_end(forecast, reservation);
  if (!end)
    return fmt::format("It cannot go on after {}. {}\n", show_time(string_at(reservation, {"end"}), now),
                       why);
  const auto old = parse_rfc3339(string_at(reservation, {"end"})).value_or(*end);
  return fmt::format("It ends {} and could go on until {}, {} more. {}\n", show_time(old, now),
                     show_time(*end, now), show_length(*end - old), why);
}

Result<std::string> workspace_address(const json::value& reservation, const json::value& session,
                                      Instant now) {
  const auto name = plain(name_of(reservation));
  const auto state = string_at(reservation, {"state"});
  if (is_over(state)) {
    const auto reason = plain(string_at(reservation, {"reason"}));
    return fail(Code::kConflict, fmt::format("{} is {}: its workspace is gone{}{}", name, state,
                                             reason.empty() ? "" : ". ", reason));
  }
  if (state != "ACTIVE") {
    return fail(Code::kConflict, fmt::format("{} has not begun: it starts {}", name,
                                             show_time(string_at(reservation, {"start"}), now)));
  }
  if (!session.is_object()) {
    return fail(Code::kConflict, fmt::format("{} is being started: it has no session yet", name));
  }
  const auto phase = string_at(session, {"phase"});
  if (phase != "Ready" && phase != "Degraded") {
    const auto why = string_at(session, {"waiting_for", "reason"});
    return fail(Code::kConflict, fmt::format("{} is not Ready but {}{}{}; berth show {} follows it", name,
                                             phase, why.empty() ? "" : ": ", plain(why), shell_word(name)));
  }
  const auto* endpoints = find(session, {"endpoints"});
  if (endpoints != nullptr && endpoints->is_array()) {
    for (const auto& endpoint : endpoints->get_array()) {
      const auto url = string_at(endpoint, {"url"});
      // What is handed to a browser is an address of the web and nothing else.
      if (url.starts_with("https://") || url.starts_with("http://")) return url;
    }
  }
  const auto* may = find(reservation, {"may"});
  const bool let_in = may == nullptr || !may->is_array() ||
                      std::ranges::find(may->get_array(), "open") != may->get_array().end();
  if (!let_in) {
    return fail(Code::kForbidden,
                fmt::format("you are not let into {}; its owner {} can share it with you: berth share {} YOU",
                            name, plain(string_at(reservation, {"owner"})), shell_word(name)));
  }
  return fail(Code::kConflict,
              fmt::format("{} has no address: its mode is {}", name, string_at(reservation, {"mode"})));
}

}  // namespace berth::cli
