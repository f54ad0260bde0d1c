#include "portal/shares.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "http/address.hpp"
#include "portal/authenticate.hpp"
#include "portal/session_cookie.hpp"
#include "store/page.hpp"

namespace berth::portal {
namespace {

/// Whole tables: over up to 400 days, or all that all nodes hold.
constexpr std::array<std::string_view, 4> kAlwaysHeavy{"availability", "calendar", "usage", "listCacheNodes"};
/// Lists: heavy where a page is longer than it is by itself, or one searches.
constexpr std::array<std::string_view, 2> kHeavyWhenLong{"listReservations", "listAudit"};

/// With one of these they look through more rows than they show.
constexpr std::array<std::string_view, 6> kSearches{"q",      "device_class", "actor",
                                                    "action", "object",       "token"};

bool among(const auto& ids, std::string_view id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// By the one name that it has here: of the other, a workspace's page may have set one.
std::string cookie_of(const http::Request& request, bool secure_cookies) {
  return session_cookie_of(request.headers, cookie_name(secure_cookies)).value;
}

/// Not the credential itself: what is kept for long should be of no use to whoever reads the memory. Empty
/// for none.
std::string key_of(const http::Request& request, bool secure_cookies) {
  std::string secret;
  if (const auto header = request.header("Authorization")) {
    secret = bearer_of(*header);
  } else {
    secret = cookie_of(request, secure_cookies);
  }
  if (secret.empty()) return {};
  std::string key(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), nullptr, 0);
  return key;
}

}  // namespace

void KnownCallers::learn(const http::Request& request, const model::UserId& user) {
  learn_name(request, "user " + user.value);
}

void KnownCallers::learn(const http::Request& request, const model::NodeId& node) {
  learn_name(request, "node " + std::to_string(node.value));
}

void KnownCallers::learn_name(const http::Request& request, std::string name) {
  auto key = key_of(request, secure_cookies_);
  if (key.empty()) return;
  const std::lock_guard lock(mutex_);
  if (fresh_.size() >= most_) {
    old_ = std::move(fresh_);
    fresh_ = {};
  }
  fresh_.insert_or_assign(std::move(key), std::move(name));
}

std::optional<std::string> KnownCallers::find(const http::Request& request) const {
  const auto key = key_of(request, secure_cookies_);
  if (key.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (const auto found = fresh_.find(key); found != fresh_.end()) return found->second;
  if (const auto found = old_.find(key); found != old_.end()) return found->second;
  return std::nullopt;
}

bool has_credential(const http::Request& request, bool secure_cookies) {
  return request.header("Authorization").has_value() || !cookie_of(request, secure_cookies).empty();
}

http::Share share_of(const KnownCallers& callers, const http::Request& request) {
  if (auto name = callers.find(request)) return {.name = std::move(*name), .many = false};
  return {.name = http::address_group(request.peer), .many = true};
}

http::Weight weight_of(const Operation& operation, const http::Request& request) {
  if (among(kAlwaysHeavy, operation.id)) return http::Weight::kHeavy;
  if (!among(kHeavyWhenLong, operation.id)) return http::Weight::kLight;
  if (std::any_of(kSearches.begin(), kSearches.end(),
                  [&](std::string_view name) { return request.query_value(name).has_value(); }))
    return http::Weight::kHeavy;
  const auto text = request.query_value("limit").value_or("");
  int limit = store::kDefaultPageItems;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return limit > store::kDefaultPageItems ? http::Weight::kHeavy : http::Weight::kLight;
}

}  // namespace berth::portal
