#include "portal/session_cookie.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/headers.hpp"

namespace berth::portal {
namespace {

constexpr std::size_t kMostDomains = 6;
constexpr std::size_t kMostPaths = 12;

/// What the Domain attribute may be for this host: itself and the names above it that have a dot. None for an
/// address, of which there is no part.
std::vector<std::string> domains_of(std::string_view host) {
  host = host.substr(0, host.find(':'));
  const bool is_name = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  const auto last = host.substr(host.rfind('.') + 1);
  if (!is_name || last.empty() || (last.front() >= '0' && last.front() <= '9')) return {};
  std::vector<std::string> domains;
  for (auto rest = host; rest.find('.') != std::string_view::npos && domains.size() < kMostDomains;
       rest = rest.substr(rest.find('.') + 1)) {
    domains.emplace_back(rest);
  }
  return domains;
}

/// "/", "/api", "/api/", ... up to the path itself, as far as they can be written into a header.
std::vector<std::string> paths_above(std::string_view path) {
  std::vector<std::string> paths{"/"};
  const bool plain = std::all_of(path.begin(), path.end(),
                                 [](char c) { return c > 0x20 && c < 0x7F && c != ';' && c != ','; });
  for (std::size_t at = 1; plain && at < path.size() && paths.size() < kMostPaths;) {
    const auto slash = path.find('/', at);
    paths.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    paths.emplace_back(path.substr(0, slash + 1));
    at = slash + 1;
  }
  return paths;
}

}  // namespace

SessionCookie session_cookie_of(const http::Headers& headers, std::string_view name) {
  SessionCookie found;
  for (const auto& [header, value] : headers) {
    if (!http::equal_without_case(header, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      auto pair = rest.substr(0, end);
      while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        if (found.count++ == 0) found.value = pair.substr(equals + 1);
      }
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
  }
  return found;
}

std::string set_cookie(bool secure, std::string_view value, std::chrono::seconds age) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", cookie_name(secure), value,
                     age.count(), secure ? "; Secure" : "");
}

std::vector<std::string> clearing_cookies(const http::Request& request, bool secure) {
  std::vector<std::string> all{set_cookie(secure, "", std::chrono::seconds(0))};
  // With the prefix there is only the one: of this host, for the whole site.
  if (secure) return all;
  auto domains = domains_of(request.header("Host").value_or(""));
  domains.emplace_back();
  for (const auto& path : paths_above(request.path)) {
    for (const auto& domain : domains) {
      if (path == "/" && domain.empty()) continue;
      all.push_back(fmt::format("{}=; Path={}{}{}; Max-Age=0", cookie_name(secure), path,
                                domain.empty() ? "" : "; Domain=", domain));
    }
  }
  return all;
}

}  // namespace berth::portal
