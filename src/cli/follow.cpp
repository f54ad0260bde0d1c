#include "cli/follow.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/colours.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

/// A session on its way is looked at this often.
constexpr std::chrono::milliseconds kFollowEvery{500};
/// One whose start is further away than this is looked at seldom, only to see that it is still there.
constexpr minutes kNear{1};
constexpr std::chrono::milliseconds kFarEvery{10'000};
/// Whether the reconciler reports is asked, and told, this often.
constexpr std::chrono::seconds kStatusEvery{60};

/// Nothing when the reservation has no session yet.
std::optional<json::value> load_session(Conversation& talk, const std::string& id, int& code) {
  auto answer = talk.send_on({.method = "GET", .path = "/reservations/" + id + "/session"}, code);
  if (!answer) return std::nullopt;
  if (answer->status == 200) return std::move(answer->body);
  if (answer->status != 404) {
    std::cerr << "berth: " << problem_text(answer->body, talk.server_now) << '\n';
    code = exit_code_of(answer->status);
  }
  return std::nullopt;
}

Duration starts_in(const json::value& reservation, Instant now) {
  const auto start = parse_rfc3339(string_at(reservation, {"start"}));
  return start ? *start - now : Duration(0);
}

seconds whole_seconds(double given) {
  constexpr double kLongest = 1e9;
  return seconds(static_cast<std::int64_t>(std::clamp(given, 0.0, kLongest)));
}

/// A good answer or nothing: what is asked here is not what the command is about.
std::optional<json::value> look(const Conversation& talk, const std::string& path) {
  auto answer = talk.client->send({.method = "GET", .path = path});
  if (!answer || answer->status != 200) return std::nullopt;
  return std::move(answer->body);
}

/// Says why nothing moves while nobody moves it.
class SilenceWatch {
 public:
  using Steady = std::chrono::steady_clock;

  /// True when something was said.
  bool look_again(const Conversation& talk, const std::string& pool) {
    if (Steady::now() < next_) return false;
    next_ = Steady::now() + kStatusEvery;
    const auto status = look(talk, "/status");
    if (!status) return false;
    const auto lines = silent_reconcilers(*status, cluster_of(talk, pool));
    for (const auto& line : lines) std::cerr << "berth: " << plain(line) << '\n';
    return !lines.empty();
  }

 private:
  /// Empty where it is not known.
  static std::string cluster_of(const Conversation& talk, const std::string& pool) {
    const auto pools = look(talk, "/pools");
    if (!pools) return "";
    for (const auto& item : pools->at("items").as_array()) {
      if (string_at(item, {"name"}) == pool) return string_at(item, {"cluster"});
    }
    return "";
  }

  Steady::time_point next_;
};

}  // namespace

bool is_settled(Follow how, const json::value& reservation, const std::optional<json::value>& session,
                Instant now) {
  const auto state = string_at(reservation, {"state"});
  if (how == Follow::kOnce || is_over(state)) return true;
  if (state == "APPROVED") return how == Follow::kSettled && starts_in(reservation, now) > kNear;
  const auto phase = session ? string_at(*session, {"phase"}) : "";
  return (phase == "Ready" || phase == "Degraded") && !find_bool(reservation, {"ending"}).value_or(false);
}

std::chrono::milliseconds pause_before_next_look(const json::value& reservation, Instant now) {
  const bool far = string_at(reservation, {"state"}) == "APPROVED" && starts_in(reservation, now) > kNear;
  return far ? kFarEvery : kFollowEvery;
}

int exit_code_after(Follow how, const json::value& first, const json::value& last) {
  const auto state = string_at(last, {"state"});
  if (how == Follow::kOnce || !is_over(state)) return kOk;
  if (how == Follow::kReady) return kFailed;
  return is_over(string_at(first, {"state"})) || state == "COMPLETED" ? kOk : kFailed;
}

std::vector<std::string> silent_reconcilers(const json::value& status, const std::string& cluster) {
  std::vector<std::string> lines;
  const auto* controllers = find(status, {"controllers"});
  if (controllers == nullptr || !controllers->is_array()) return lines;
  for (const auto& controller : controllers->get_array()) {
    const auto name = string_at(controller, {"cluster"});
    const auto state = string_at(controller, {"state"});
    if (state == "reporting" || (!cluster.empty() && name != cluster)) continue;
    const auto* age = find(controller, {"age_seconds"});
    const auto since = age != nullptr && age->is_number()
                           ? "has not reported for " + show_length(whole_seconds(age->to_number<double>()))
                           : std::string("has never reported");
    lines.push_back(
        fmt::format("the reconciler of cluster \"{}\" {}: until it does, nothing moves", name, since));
  }
  return lines;
}

int follow(Conversation& talk, json::value found, Follow how) {
  const auto first = found;
  SilenceWatch silence;
  bool told_start = false;
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
    const bool done = is_settled(how, found, session, talk.server_now);
    if (talk.output == "json") {
      if (done) {
        talk.show(
            json::object{{"reservation", found}, {"session", session ? *session : json::value(nullptr)}}, "");
      }
    } else {
      if (text != last && (live_terminal || done || last.empty())) {
        // On a terminal the steps move in place; in a file each state is written once, at its end.
        if (live_terminal && lines_shown > 0) std::cout << fmt::format("\x1b[{}A\x1b[J", lines_shown);
        std::cout << coloured(text, colours_wanted()) << std::flush;
        lines_shown = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        last = text;
      }
    }
    if (done) {
      const auto exit_code = exit_code_after(how, first, found);
      if (exit_code != kOk) {
        std::cerr << fmt::format("berth: the reservation is {}. {}\n", plain(string_at(found, {"state"})),
                                 plain(string_at(found, {"reason"})));
      }
      return exit_code;
    }
    if (how == Follow::kReady && !told_start && starts_in(found, talk.server_now) > kNear &&
        string_at(found, {"state"}) == "APPROVED") {
      std::cerr << fmt::format("berth: waiting for its start, {}\n",
                               show_time(string_at(found, {"start"}), talk.server_now));
      told_start = true;
      lines_shown = 0;
    }
    // What is said there moves the steps on a terminal: they begin anew below it.
    if (silence.look_again(talk, string_at(found, {"pool"}))) lines_shown = 0;
    std::this_thread::sleep_for(pause_before_next_look(found, talk.server_now));
    auto again = talk.ask_on({.method = "GET", .path = "/reservations/" + id}, code);
    if (!again) return code;
    found = std::move(*again);
  }
}

}  // namespace berth::cli
