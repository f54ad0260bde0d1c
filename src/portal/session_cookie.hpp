// The cookie of a browser session: its name, how it is set, read and taken away.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.hpp"

namespace berth::portal {

inline constexpr std::string_view kPlainCookieName = "berth_session";
/// Browsers take a cookie of this prefix only from its own host, with Secure, for the whole site: the page of
/// a workspace, whose host is a sibling of the portal's, cannot set one.
inline constexpr std::string_view kHostCookieName = "__Host-berth_session";
constexpr std::string_view cookie_name(bool secure) {
  return secure ? kHostCookieName : kPlainCookieName;
}

struct SessionCookie {
  std::string value;  // of the first one
  int count = 0;      // how many the request has; a browser that nobody tampered with sends one
};
/// Out of all Cookie headers.
SessionCookie session_cookie_of(const http::Headers& headers, std::string_view name);

/// Set-Cookie's value. An age of 0 takes the cookie away.
std::string set_cookie(bool secure, std::string_view value, std::chrono::seconds age);

/// Set-Cookie's values that take away each cookie of that name which a browser can have sent to this address:
/// one for every path above it and every domain that its host is in, since a server is not told of either.
std::vector<std::string> clearing_cookies(const http::Request& request, bool secure);

}  // namespace berth::portal
