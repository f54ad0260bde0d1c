// For tests: an HTTP client over libcurl that holds every answer it gets against the API description, and a
// reader of server-sent events.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "http/http.hpp"
#include "portal/api_document.hpp"

namespace berth::portal {

inline constexpr std::chrono::seconds kPatience{30};  // ample: sanitizers and a busy machine

/// Looks until the condition holds; false after `patience`.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience);

/// The one that the program carries, read once.
const ApiDocument& api_document();
/// The operation that a request is for; nullptr when it is for none.
const Operation* operation_of(std::string_view method, std::string_view target);

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
  json::value json;  // null when the body is not JSON

  std::string header(std::string_view name) const {
    return std::string(http::find_header(headers, name).value_or(""));
  }
  std::string code() const { return string_at(json, {"code"}); }
  std::string id() const { return string_at(json, {"id"}); }
  /// errors[] for that field; null when there is none.
  json::value fault(std::string_view field) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port, http::Headers always = {});
  ~Client();
  Client(Client&&) noexcept;

  /// Throws when there is no answer at all. An answer that is not as described, or lacks what every answer
  /// has, fails the test.
  Answer send(const std::string& method, const std::string& target,
              const std::optional<std::string>& body = {}, const http::Headers& headers = {});
  Answer get(const std::string& target, const http::Headers& headers = {}) {
    return send("GET", target, {}, headers);
  }
  Answer post(const std::string& target, const json::value& body, const http::Headers& headers = {}) {
    return send("POST", target, json::serialize(body), headers);
  }
  Answer patch(const std::string& target, const json::value& body) {
    return send("PATCH", target, json::serialize(body));
  }
  Answer del(const std::string& target) { return send("DELETE", target); }

 private:
  struct Curl;
  std::unique_ptr<Curl> curl_;
  std::string base_;
  http::Headers always_;
};

class EventReader {
 public:
  struct Seen {
    std::int64_t id = 0;
    std::string name;
    json::value data;
    std::chrono::steady_clock::time_point at;
  };

  EventReader(std::uint16_t port, const std::string& token, std::optional<std::int64_t> last_id = {});
  ~EventReader();

  /// The stream is open: its first bytes came.
  bool opened() const;
  bool ended() const;
  int status() const;
  std::vector<Seen> seen() const;
  /// Those named "change".
  std::vector<Seen> changes() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace berth::portal
