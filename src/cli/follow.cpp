#include "cli/follow.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/output.hpp"

namespace berth::cli {
namespace {

/// A session on its way is looked at this often.
constexpr std::chrono::milliseconds kFollowEvery{500};

/// Nothing when the reservation has no session yet.
std::optional<json::value> load_session(Conversation& talk, const std::string& id, int& code) {
  auto answer = talk.client->send(
      {.method = "GET", .path = "/reservations/" + id + "/session", .body = std::nullopt, .headers = {}});
  if (!answer) {
    code = Conversation::complain(answer.error());
    return std::nullopt;
  }
  if (const auto time = parse_rfc3339(answer->header("berth-server-time"))) talk.server_now = *time;
  if (answer->status == 200) return std::move(answer->body);
  if (answer->status != 404) {
    std::cerr << "berth: " << problem_text(answer->body, talk.server_now) << '\n';
    code = exit_code_of(answer->status);
  }
  return std::nullopt;
}

/// Nothing is on its way any more that one would wait for: Ready, over, or its start is not near.
bool is_settled(const json::value& reservation, const std::optional<json::value>& session, Instant now) {
  const auto state = string_at(reservation, {"state"});
  if (is_over(state)) return true;
  if (state == "APPROVED") {
    const auto start = parse_rfc3339(string_at(reservation, {"start"}));
    return start && *start > now + minutes(1);
  }
  const auto phase = session ? string_at(*session, {"phase"}) : "";
  return (phase == "Ready" || phase == "Degraded") && !find_bool(reservation, {"ending"}).value_or(false);
}

}  // namespace

int follow(Conversation& talk, json::value found, bool once) {
  int code = kOk;
  const auto id = string_at(found, {"id"});
  const bool live_terminal = isatty(STDOUT_FILENO) != 0;
  std::size_t lines_shown = 0;
  std::string last;
  while (true) {
    auto session = load_session(talk, id, code);
    if (code != kOk) return code;
    std::string text = reservation_text(found, talk.server_now);
    if (session) text += session_text(*session, talk.server_now);
    const bool settled = is_settled(found, session, talk.server_now);
    if (talk.output == "json") {
      if (!settled && !once) {
        std::this_thread::sleep_for(kFollowEvery);
      } else {
        json::object whole{{"reservation", found}, {"session", session ? *session : json::value(nullptr)}};
        return talk.show(whole, "");
      }
    } else {
      if (text != last && (live_terminal || settled || once || last.empty())) {
        // On a terminal the steps move in place; in a file each state is written once, at its end.
        if (live_terminal && lines_shown > 0) std::cout << fmt::format("\x1b[{}A\x1b[J", lines_shown);
        std::cout << text << std::flush;
        lines_shown = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        last = text;
      }
      if (settled || once) return kOk;
      std::this_thread::sleep_for(kFollowEvery);
    }
    auto again =
        talk.ask({.method = "GET", .path = "/reservations/" + id, .body = std::nullopt, .headers = {}}, code);
    if (!again) return code;
    found = std::move(*again);
  }
}

}  // namespace berth::cli
