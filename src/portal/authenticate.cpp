#include "portal/authenticate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "portal/session_cookie.hpp"
#include "store/credentials.hpp"

namespace berth::portal {
namespace {

constexpr std::string_view kBearer = "bearer";
/// What may be done with a password that somebody else knows.
constexpr std::array<std::string_view, 4> kWithAGivenPassword{"changePassword", "logout", "signOutEverywhere",
                                                              "me"};

bool changes_state(std::string_view method) {
  return method != "GET" && method != "HEAD";
}

}  // namespace

std::string_view bearer_of(std::string_view header) {
  const auto space = header.find(' ');
  const auto scheme = header.substr(0, space);
  const bool is_bearer = std::equal(scheme.begin(), scheme.end(), kBearer.begin(), kBearer.end(),
                                    [](char given, char lower) { return (given | 0x20) == lower; });
  if (!is_bearer || space == std::string_view::npos) return {};
  auto token = header.substr(space);
  while (!token.empty() && token.front() == ' ') token.remove_prefix(1);
  return token;
}

namespace {

tl::unexpected<Error> sign_in_first(std::string slug, std::string message) {
  return fail(Code::kUnauthenticated, std::move(message), std::move(slug));
}

Result<Caller> by_token(pg::Connection& db, std::string_view header) {
  const auto secret = bearer_of(header);
  if (secret.empty()) return sign_in_first("unsupported_scheme", "Authorization must be Bearer and a token.");
  auto holder = store::use_token(db, secret);
  if (!holder) return fail(holder.error());
  Caller caller;
  caller.user = std::move(holder->person.user);
  caller.viewer = std::move(holder->person.viewer);
  caller.credential = {store::Credential::Kind::kToken, holder->token.value};
  caller.token = std::move(holder->token);
  caller.scopes = std::move(holder->scopes);
  return caller;
}

Result<Caller> by_cookie(pg::Connection& db, const http::Request& request, bool secure_cookies) {
  auto [cookie, count] = session_cookie_of(request.headers, cookie_name(secure_cookies));
  if (count > 1) {
    return sign_in_first(
        std::string(kTwoSessionCookies),
        "The browser sent two session cookies; one of them was set by another site. Both are "
        "taken away: sign in again.");
  }
  if (cookie.empty()) return fail(not_signed_in());
  auto person = store::find_web_session(db, cookie);
  if (!person) return fail(person.error());
  if (!person->has_value()) return sign_in_first("session_expired", "The sign-in has expired.");
  Caller caller;
  caller.user = std::move((*person)->user);
  caller.viewer = std::move((*person)->viewer);
  caller.by_cookie = true;
  caller.credential = {store::Credential::Kind::kWebSession, store::web_session_key(cookie)};
  caller.cookie = std::move(cookie);
  return caller;
}

}  // namespace

Error not_signed_in() {
  return sign_in_first("not_signed_in", "Sign in, or send a bearer token.").value();
}

Result<Caller> authenticate(pg::Connection& db, const http::Request& request, bool secure_cookies) {
  const auto header = request.header("Authorization");
  auto caller = header ? by_token(db, *header) : by_cookie(db, request, secure_cookies);
  if (!caller) return caller;
  // An admin's token without the scope is that of any member: what it leaks is one person's, not everyone's.
  if (caller->viewer.role == model::Role::kAdmin && !caller->may("admin"))
    caller->viewer.role = model::Role::kMember;
  return caller;
}

Result<store::CacheNodeCaller> authenticate_node(pg::Connection& db, const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header) return sign_in_first("not_signed_in", "Send the token of a node's cache as a bearer token.");
  const auto secret = bearer_of(*header);
  if (secret.empty()) return sign_in_first("unsupported_scheme", "Authorization must be Bearer and a token.");
  return store::use_cache_token(db, secret);
}

Status check_credential(const Caller& caller, const http::Request& request, std::string_view operation_id) {
  const bool changes = changes_state(request.method);
  // The cookie comes along by itself, also when another site's page makes the request; the token does not.
  if (caller.by_cookie && changes &&
      !store::is_csrf_token(caller.cookie, request.header("X-CSRF-Token").value_or(""))) {
    return fail(Code::kForbidden, "The header X-CSRF-Token is missing or not this session's.",
                std::string(kNoCsrfToken));
  }
  const std::string_view scope = changes ? "write" : "read";
  if (!caller.may(scope)) {
    return fail(Code::kForbidden, fmt::format("The token lacks the scope \"{}\".", scope),
                std::string(kMissingScope));
  }
  if (caller.user.password_change_needed && std::find(kWithAGivenPassword.begin(), kWithAGivenPassword.end(),
                                                      operation_id) == kWithAGivenPassword.end()) {
    return fail(Code::kForbidden,
                "Your password was given to you by somebody who knows it. Change it first: sign in and POST "
                "/auth/password, or berth login.",
                std::string(kPasswordChangeNeeded));
  }
  return {};
}

}  // namespace berth::portal
