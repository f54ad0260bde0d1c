#include "cli/api_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "base/loopback.hpp"
#include "base/private_file.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

constexpr long kConnectSeconds = 10;
constexpr std::chrono::seconds kTellAfter{2};
constexpr std::size_t kMaxAnswerBytes = 64U * 1024 * 1024;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Received {
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool too_large = false;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  if (received.body.size() + size * count > kMaxAnswerBytes) {
    received.too_large = true;
    return 0;
  }
  received.body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
  const std::string_view line(data, size * count);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
    static_cast<Received*>(into)->headers.emplace_back(std::move(name), std::string(value));
  }
  return size * count;
}

/// Tells once, to whoever sits before a terminal, that an answer is long in coming.
struct Patience {
  std::string_view server;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  bool told = false;
};

int watch_progress(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& patience = *static_cast<Patience*>(of);
  if (patience.told || std::chrono::steady_clock::now() - patience.begun < kTellAfter) return 0;
  patience.told = true;
  if (isatty(STDERR_FILENO) != 0) std::cerr << "berth: waiting for " << plain(patience.server) << " ...\n";
  return 0;
}

/// A part of an address, read as it is read for the request itself.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// Appends to a list that it takes over and gives back.
std::unique_ptr<curl_slist, ListDeleter> with(std::unique_ptr<curl_slist, ListDeleter> list,
                                              const std::string& line) {
  auto* grown = curl_slist_append(list.get(), line.c_str());
  if (grown != nullptr) {
    static_cast<void>(list.release());  // part of the new one
    list.reset(grown);
  }
  return list;
}

}  // namespace

Status check_server(const std::string& server, bool insecure) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  const bool read = url && curl_url_set(url.get(), CURLUPART_URL, server.c_str(), 0) == CURLUE_OK;
  const auto scheme = read ? part_of(url.get(), CURLUPART_SCHEME) : std::string();
  if (scheme != "http" && scheme != "https") {
    return fail(invalid_field("server", server, "http:// or https://",
                              fmt::format("\"{}\" is not an address like http://127.0.0.1:8080", server)));
  }
  if (scheme == "https" || insecure || is_loopback(part_of(url.get(), CURLUPART_HOST))) return {};
  auto error = invalid_field(
      "server", server, "https://",
      fmt::format(
          "{} is another machine and not encrypted: whoever is between would read your password and your "
          "token. Use https://, or --insecure (BERTH_INSECURE=1) where that is wanted",
          server));
  error.slug = "not_encrypted";
  return fail(std::move(error));
}

fs::path account_path() {
  const auto config = environment("XDG_CONFIG_HOME");
  const auto base = config.empty() ? fs::path(environment("HOME")) / ".config" : fs::path(config);
  return base / "berth" / "cli.json";
}

Result<std::optional<Account>> load_account() {
  Account account;
  std::ifstream file(account_path(), std::ios::binary);
  if (file) {
    std::ostringstream text;
    text << file.rdbuf();
    const auto stored = parse_json(text.str());
    if (!stored) return fail(within(fmt::format("read {}", account_path().string()), stored.error()));
    account = {string_at(*stored, {"server"}), string_at(*stored, {"token"}), string_at(*stored, {"email"})};
  }
  if (auto server = environment("BERTH_SERVER"); !server.empty()) {
    if (auto good = check_server(server, environment("BERTH_INSECURE") == "1"); !good)
      return fail(good.error());
    account.server = std::move(server);
  }
  if (auto token = environment("BERTH_TOKEN"); !token.empty()) account.token = std::move(token);
  if (account.server.empty() || account.token.empty()) return std::optional<Account>{};
  return std::optional(std::move(account));
}

Status save_account(const Account& account) {
  const auto path = account_path();
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    return fail(Code::kInternal,
                fmt::format("cannot make {}: {}", path.parent_path().string(), error.message()));
  return write_private_file(
      path, json::serialize(json::object{
                {"server", account.server}, {"token", account.token}, {"email", account.email}}));
}

Status forget_account() {
  std::error_code error;
  fs::remove(account_path(), error);
  if (error)
    return fail(Code::kInternal,
                fmt::format("cannot remove {}: {}", account_path().string(), error.message()));
  return {};
}

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Result<Answer> ApiClient::send(const ApiRequest& request) const {
  const std::unique_ptr<CURL, CurlDeleter> handle(curl_easy_init());
  if (!handle) return fail(Code::kInternal, "cannot set up an HTTP client");
  Received received;
  const auto url = account_.server + "/api/v1" + request.path;
  const auto body = request.body ? json::serialize(*request.body) : std::string();
  std::unique_ptr<curl_slist, ListDeleter> headers;
  headers = with(std::move(headers), "Accept: application/json, application/problem+json");
  if (!account_.token.empty()) headers = with(std::move(headers), "Authorization: Bearer " + account_.token);
  if (request.body) headers = with(std::move(headers), "Content-Type: application/json");
  for (const auto& [name, value] : request.headers)
    headers = with(std::move(headers), fmt::format("{}: {}", name, value));

  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT, std::min(kConnectSeconds, request.limit_seconds));
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, request.limit_seconds);
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "berth-cli");
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &received);
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
  Patience patience{.server = account_.server};
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, watch_progress);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &patience);
  if (request.body) {
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  const auto outcome = curl_easy_perform(handle.get());
  if (received.too_large) return fail(Code::kTooLarge, "the server's answer is too large");
  if (outcome != CURLE_OK) {
    // libcurl's own words name the cause ("certificate has expired"); what the code alone says does not.
    // A text with a URL in it quotes a proxy's, which may hold a password.
    const std::string_view told = reason.data();
    const bool tellable = !told.empty() && told.find("://") == std::string_view::npos;
    const std::string why(tellable ? told : curl_easy_strerror(outcome));
    if (outcome == CURLE_PEER_FAILED_VERIFICATION) {
      return fail(Code::kUnavailable,
                  fmt::format("{} cannot be trusted: {}; nothing was sent to it", account_.server, why));
    }
    return fail(Code::kUnavailable, fmt::format("{} does not answer: {}", account_.server, why));
  }
  Answer answer;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  answer.headers = std::move(received.headers);
  if (answer.header("content-type").starts_with("text/csv")) {
    answer.body = json::value(received.body);
  } else if (!received.body.empty()) {
    auto parsed = parse_json(received.body);
    // What stands in front answers in its own words while Berth is away.
    const bool away = answer.status >= 502 && answer.status <= 504;
    if (!parsed)
      return fail(away ? Code::kUnavailable : Code::kMalformed,
                  fmt::format("{} answered something that is not Berth's", account_.server));
    answer.body = std::move(*parsed);
  }
  return answer;
}

}  // namespace berth::cli
