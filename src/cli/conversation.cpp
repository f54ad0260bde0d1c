#include "cli/conversation.hpp"

#include <fmt/format.h>

#include <iostream>
#include <vector>

#include "base/clock.hpp"
#include "cli/output.hpp"

namespace berth::cli {

bool is_over(const std::string& state) {
  return state == "COMPLETED" || state == "CANCELED" || state == "FAILED";
}

Conversation::Conversation() : server_now(SystemClock().now()) {}

int Conversation::complain(const Error& error) {
  std::cerr << "berth: " << plain(error.message) << '\n';
  return exit_code_of(error);
}

std::optional<json::value> Conversation::ask(const ApiRequest& request, int& code) {
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
  auto answer = client->send(request);
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
  const auto pools = ask({.method = "GET", .path = "/pools", .body = std::nullopt, .headers = {}}, code);
  if (!pools) return std::nullopt;
  const auto& items = pools->at("items").as_array();
  if (items.size() == 1) return string_at(items.front(), {"name"});
  std::cerr << (items.empty() ? "berth: there is no pool yet\n"
                              : "berth: there are several pools: name one with --pool\n");
  code = kUsage;
  return std::nullopt;
}

std::optional<json::value> Conversation::find_reservation(const std::string& ref, int& code) {
  if (is_uuid(ref)) {
    return ask({.method = "GET", .path = "/reservations/" + ref, .body = std::nullopt, .headers = {}}, code);
  }
  const auto page =
      ask({.method = "GET", .path = "/reservations?limit=500", .body = std::nullopt, .headers = {}}, code);
  if (!page) return std::nullopt;
  std::vector<json::value> live;
  std::vector<json::value> past;
  for (const auto& item : page->at("items").as_array()) {
    const bool by_id = ref.size() >= 4 && string_at(item, {"id"}).starts_with(ref);
    if (!by_id && string_at(item, {"name"}) != ref) continue;
    (is_over(string_at(item, {"state"})) ? past : live).push_back(item);
  }
  if (live.size() > 1) {
    std::cerr << fmt::format("berth: {} reservations are called \"{}\"; use an id\n", live.size(),
                             plain(ref));
    code = kUsage;
    return std::nullopt;
  }
  if (!live.empty()) return live.front();
  if (!past.empty()) return past.front();
  std::cerr << fmt::format("berth: no reservation \"{}\"\n", plain(ref));
  code = kNotFound;
  return std::nullopt;
}

}  // namespace berth::cli
