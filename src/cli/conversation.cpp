#include "cli/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/colours.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

/// A portal that is started anew is back within these.
constexpr std::array kRepeatPauses{std::chrono::milliseconds(1'000), std::chrono::milliseconds(3'000)};
/// Whoever waits longer than this for an answer is told that there is none.
constexpr std::chrono::seconds kRepeatWithin{60};
/// The characters of an id's beginning that are taken for one.
constexpr std::size_t kShortestIdPart = 4;

/// The most that the API gives at once.
constexpr int kMostOfAPage = 500;

/// Whether `ref` may be the beginning of an id: else nobody's past has to be looked through for it.
bool looks_like_id(std::string_view ref) {
  return ref.size() >= kShortestIdPart &&
         ref.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

/// Whether the same question may be answered in a moment.
bool is_lost(const Result<Answer>& answer) {
  constexpr long kUnavailable = 503;
  return answer ? answer->status == kUnavailable : answer.error().code == Code::kUnavailable;
}

}  // namespace

bool is_over(const std::string& state) {
  return state == "COMPLETED" || state == "CANCELED" || state == "FAILED";
}

Conversation::Conversation() : server_now(SystemClock().now()) {}

int Conversation::complain(const Error& error) {
  std::cerr << "berth: " << plain(error.message) << '\n';
  return exit_code_of(error);
}

std::optional<json::value> Conversation::ask_until_answered(const ApiRequest& request, int& code) {
  return ask(request, code, kRepeatPauses);
}

bool Conversation::connect(int& code) {
  if (client) return true;
  auto account = load_account();
  if (!account) {
    code = complain(account.error());
    return false;
  }
  if (!account->has_value()) {
    std::cerr << "berth: not signed in: berth login ADDRESS --email YOU (or set BERTH_SERVER and "
                 "BERTH_TOKEN)\n";
    code = kNotAllowed;
    return false;
  }
  client.emplace(std::move(**account));
  return true;
}

std::optional<Answer> Conversation::send_on(const ApiRequest& request, int& code) {
  if (!connect(code)) return std::nullopt;
  const auto begun = std::chrono::steady_clock::now();
  auto answer = client->send(request);
  for (bool told = false; is_lost(answer); answer = client->send(request)) {
    if (std::chrono::steady_clock::now() - begun > kRepeatWithin) break;
    if (!told) std::cerr << "berth: no answer; asking again\n";
    told = true;
    std::this_thread::sleep_for(kRepeatPauses.front());
  }
  if (!answer) {
    code = complain(answer.error());
    return std::nullopt;
  }
  if (const auto time = parse_rfc3339(answer->header("berth-server-time"))) server_now = *time;
  return std::move(*answer);
}

std::optional<json::value> Conversation::ask_on(const ApiRequest& request, int& code) {
  auto answer = send_on(request, code);
  return answer ? good(std::move(*answer), code) : std::nullopt;
}

std::optional<json::array> Conversation::ask_all(const std::string& path, int& code, std::size_t most) {
  json::array all;
  for (std::string cursor;;) {
    auto page = ask({.method = "GET", .path = path + cursor}, code);
    if (!page) return std::nullopt;
    for (auto& item : page->at("items").as_array()) {
      if (all.size() < most) all.push_back(std::move(item));
    }
    const auto next = string_at(*page, {"next"});
    if (next.empty() || all.size() >= most) return all;
    cursor = "&cursor=" + percent_encoded(next);
  }
}

std::optional<json::value> Conversation::ask(const ApiRequest& request, int& code,
                                             std::span<const std::chrono::milliseconds> pauses) {
  if (!connect(code)) return std::nullopt;
  const auto begun = std::chrono::steady_clock::now();
  auto answer = client->send(request);
  for (const auto pause : pauses) {
    if (!is_lost(answer) || std::chrono::steady_clock::now() - begun > kRepeatWithin) break;
    std::cerr << "berth: no answer; asking again\n";
    std::this_thread::sleep_for(pause);
    answer = client->send(request);
  }
  return take(std::move(answer), code);
}

std::optional<json::value> Conversation::take(Result<Answer> answer, int& code) {
  if (!answer) {
    code = complain(answer.error());
    return std::nullopt;
  }
  if (const auto time = parse_rfc3339(answer->header("berth-server-time"))) server_now = *time;
  return good(std::move(*answer), code);
}

std::optional<json::value> Conversation::good(Answer answer, int& code) const {
  code = exit_code_of(answer.status);
  if (answer.status < 400) return std::move(answer.body);
  if (output == "json") {
    std::cout << json_text(answer.body) << '\n';
  } else {
    std::cerr << "berth: " << problem_text(answer.body, server_now) << '\n';
  }
  return std::nullopt;
}

int Conversation::show(const json::value& body, const std::string& text) const {
  std::cout << (output == "json" ? json_text(body) + "\n" : coloured(text, colours_wanted())) << std::flush;
  return kOk;
}

std::optional<std::string> Conversation::pool_name(const std::string& named, int& code) {
  if (!named.empty()) return named;
  const auto pools = ask({.method = "GET", .path = "/pools"}, code);
  if (!pools) return std::nullopt;
  const auto& items = pools->at("items").as_array();
  if (items.size() == 1) return string_at(items.front(), {"name"});
  std::cerr << (items.empty() ? "berth: there is no pool yet\n"
                              : "berth: there are several pools: name one with --pool\n");
  code = kUsage;
  return std::nullopt;
}

Result<json::value> choose(const std::string& ref, const json::array& by_name, const json::array& by_id) {
  // One without a name is not called by the empty word.
  if (trimmed(ref).empty()) return fail(Code::kInvalid, "a reservation is meant: its name or its id");
  std::vector<json::value> live;
  std::vector<json::value> past;
  const auto take = [&](const json::value& item) {
    auto& into = is_over(string_at(item, {"state"})) ? past : live;
    const auto same = [&](const json::value& other) {
      return string_at(other, {"id"}) == string_at(item, {"id"});
    };
    if (std::none_of(into.begin(), into.end(), same)) into.push_back(item);
  };
  for (const auto& item : by_name) {
    if (string_at(item, {"name"}) == ref) take(item);
  }
  for (const auto& item : by_id) {
    if (ref.size() >= kShortestIdPart && string_at(item, {"id"}).starts_with(ref)) take(item);
  }
  if (live.size() > 1) {
    return fail(Code::kInvalid,
                fmt::format("{} reservations are called \"{}\"; use an id", live.size(), plain(ref)));
  }
  if (!live.empty()) return live.front();
  if (!past.empty()) return past.front();
  return fail(Code::kNotFound, fmt::format("no reservation \"{}\"", plain(ref)));
}

std::optional<json::array> Conversation::living(bool own, int& code) {
  return ask_all(
      fmt::format("/reservations?limit={}&state=APPROVED,ACTIVE{}", kMostOfAPage, own ? "&mine=true" : ""),
      code);
}

std::optional<Result<json::value>> Conversation::past(const std::string& ref, bool own, bool by_name,
                                                      bool by_id, int& code) {
  const auto path = fmt::format("/reservations?limit={}&state=COMPLETED,CANCELED,FAILED{}", kMostOfAPage,
                                own ? "&mine=true" : "");
  for (std::string cursor;;) {
    const auto page = ask({.method = "GET", .path = path + cursor}, code);
    if (!page) return std::nullopt;
    const auto& items = page->at("items").as_array();
    auto found = choose(ref, by_name ? items : json::array{}, by_id ? items : json::array{});
    const auto next = string_at(*page, {"next"});
    if (found || next.empty()) return found;
    cursor = "&cursor=" + percent_encoded(next);
  }
}

std::optional<json::value> Conversation::taken(Result<json::value> found, int& code) {
  if (found) return std::move(*found);
  const auto how = complain(found.error());
  code = found.error().code == Code::kNotFound ? kNotFound : how;
  return std::nullopt;
}

std::optional<json::value> Conversation::find_reservation(const std::string& ref, int& code) {
  if (is_uuid(ref)) {
    return ask({.method = "GET", .path = "/reservations/" + ref}, code);
  }
  const auto live = living(false, code);
  if (!live) return std::nullopt;
  auto found = choose(ref, *live, *live);
  if (found || found.error().code != Code::kNotFound) return taken(std::move(found), code);
  auto over = past(ref, false, true, true, code);
  return over ? taken(std::move(*over), code) : std::nullopt;
}

std::optional<json::value> Conversation::find_to_change(const std::string& ref, int& code) {
  if (is_uuid(ref)) return find_reservation(ref, code);
  const auto own = living(true, code);
  if (!own) return std::nullopt;
  const auto visible = living(false, code);
  if (!visible) return std::nullopt;
  auto found = choose(ref, *own, *visible);
  if (found || found.error().code != Code::kNotFound) return taken(std::move(found), code);
  auto over = past(ref, true, true, true, code);
  if (over && !*over && looks_like_id(ref)) over = past(ref, false, false, true, code);
  if (!over || *over) return over ? taken(std::move(*over), code) : std::nullopt;
  if (const auto others = choose(ref, *visible, {})) {
    return taken(fail(Code::kInvalid,
                      fmt::format("\"{}\" is a reservation of {}, not yours; to change it use its id, {}",
                                  plain(ref), string_at(*others, {"owner"}), string_at(*others, {"id"}))),
                 code);
  }
  return taken(std::move(*over), code);
}

}  // namespace berth::cli
