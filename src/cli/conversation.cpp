#include "cli/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

/// A portal that is started anew is back within these.
constexpr std::array kRepeatPauses{std::chrono::milliseconds(1'000), std::chrono::milliseconds(3'000)};
/// Whoever waits longer than this for an answer is told that there is none.
constexpr std::chrono::seconds kRepeatWithin{60};
/// The characters of an id's beginning that are taken for one.
constexpr std::size_t kShortestIdPart = 4;

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

std::optional<json::value> Conversation::ask(const ApiRequest& request, int& code,
                                             std::span<const std::chrono::milliseconds> pauses) {
  if (!client) {
    auto account = load_account();
    if (!account) {
      code = complain(account.error());
      return std::nullopt;
    }
    if (!account->has_value()) {
      std::cerr << "berth: not signed in: berth login ADDRESS --email YOU (or set BERTH_SERVER and "
                   "BERTH_TOKEN)\n";
      code = kNotAllowed;
      return std::nullopt;
    }
    client.emplace(std::move(**account));
  }
  const auto begun = std::chrono::steady_clock::now();
  auto answer = client->send(request);
  for (const auto pause : pauses) {
    if (!is_lost(answer) || std::chrono::steady_clock::now() - begun > kRepeatWithin) break;
    std::cerr << "berth: no answer; asking again\n";
    std::this_thread::sleep_for(pause);
    answer = client->send(request);
  }
  if (!answer) {
    code = complain(answer.error());
    return std::nullopt;
  }
  if (const auto time = parse_rfc3339(answer->header("berth-server-time"))) server_now = *time;
  code = exit_code_of(answer->status);
  if (answer->status < 400) return std::move(answer->body);
  if (output == "json") {
    std::cout << json::serialize(answer->body) << '\n';
  } else {
    std::cerr << "berth: " << problem_text(answer->body, server_now) << '\n';
  }
  return std::nullopt;
}

int Conversation::show(const json::value& body, const std::string& text) const {
  std::cout << (output == "json" ? json::serialize(body) + "\n" : text) << std::flush;
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

std::optional<json::value> Conversation::reservations(bool own, int& code) {
  return ask({.method = "GET", .path = own ? "/reservations?limit=500&mine=true" : "/reservations?limit=500"},
             code);
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
  const auto page = reservations(false, code);
  if (!page) return std::nullopt;
  const auto& all = page->at("items").as_array();
  return taken(choose(ref, all, all), code);
}

std::optional<json::value> Conversation::find_to_change(const std::string& ref, int& code) {
  if (is_uuid(ref)) return find_reservation(ref, code);
  const auto own = reservations(true, code);
  if (!own) return std::nullopt;
  const auto visible = reservations(false, code);
  if (!visible) return std::nullopt;
  const auto& all = visible->at("items").as_array();
  auto found = choose(ref, own->at("items").as_array(), all);
  if (found || found.error().code != Code::kNotFound) return taken(std::move(found), code);
  if (const auto others = choose(ref, all, {})) {
    return taken(fail(Code::kInvalid,
                      fmt::format("\"{}\" is a reservation of {}, not yours; to change it use its id, {}",
                                  plain(ref), string_at(*others, {"owner"}), string_at(*others, {"id"}))),
                 code);
  }
  return taken(std::move(found), code);
}

}  // namespace berth::cli
