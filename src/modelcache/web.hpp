// One GET at a time over a kept connection. Follows nothing by itself: who may see the token is decided
// elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::modelcache {

/// A URL's parts, as libcurl reads them.
struct Address {
  std::string scheme;
  std::string host;
  std::string port;
  bool operator==(const Address&) const = default;
};
/// kInvalid for what is no http:// or https:// address, or holds a name and password.
Result<Address> address_of(const std::string& url);

struct Redirect {
  std::string url;
  bool absolute = false;  // it leads to a host that it names: perhaps another one
};
/// Where `location`, answered by `url`, leads.
Result<Redirect> redirect(const std::string& url, const std::string& location);

struct Head {
  long status = 0;
  std::string location;
  std::string link;
  std::string error_code;
  std::string retry_after;
  std::string content_range;
  std::string content_encoding;
  std::optional<std::int64_t> content_length;
};

struct WebRequest {
  std::string url;
  std::string token{};      // Bearer; empty: none
  std::int64_t first = -1;  // Range; below 0: all
  std::int64_t last = -1;
  long limit_seconds = 0;  // for all of it; 0: as long as bytes come
  /// Of a 2xx: whether its body is wanted. It is not for what was answered otherwise.
  std::function<bool(const Head&)> on_head{};
  /// Each part of that body; false ends it.
  std::function<bool(std::string_view)> on_bytes{};
};

struct WebSettings {
  std::string ca_file;
  int silence_seconds = 60;
  bool slow_on_purpose = false;  // a limit of our own may make it as slow as it likes
  std::function<bool()> stopped{};
};

class Web {
 public:
  explicit Web(WebSettings settings);
  ~Web();
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;

  struct Answer {
    Head head;
    bool ended_by_reader = false;
  };
  /// kUnavailable, kTimeout: trying again may help. No error names more of a URL than its host.
  Result<Answer> get(const WebRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::modelcache
