// Who is asking: a bearer token, or the cookie of a browser session.
#pragma once

#include "portal/call.hpp"

namespace berth::portal {

/// The slug of kUnauthenticated for a request with two session cookies, of which one is not from here: which,
/// cannot be told. The answer takes away all that it can, see clearing_cookies.
inline constexpr std::string_view kTwoSessionCookies = "two_session_cookies";

/// What follows "Bearer ", in any case; empty when the header holds something else.
std::string_view bearer_of(std::string_view header);

/// What whoever sends nothing that may prove who asks is told.
Error not_signed_in();

/// kUnauthenticated when nobody is proven.
Result<Caller> authenticate(pg::Connection& db, const http::Request& request, bool secure_cookies);

/// The same for the daemon of a node's cache, whose token opens nothing else.
Result<store::CacheNodeCaller> authenticate_node(pg::Connection& db, const http::Request& request);

/// kForbidden where what proved the caller does not do for this request: the CSRF token is missing (slug
/// kNoCsrfToken), the token lacks the scope (kMissingScope), or the password is one that somebody else knows
/// (kPasswordChangeNeeded) and the operation is not one of those that end that.
Status check_credential(const Caller& caller, const http::Request& request, std::string_view operation_id);

inline constexpr std::string_view kNoCsrfToken = "csrf_token";
inline constexpr std::string_view kMissingScope = "missing_scope";
inline constexpr std::string_view kPasswordChangeNeeded = "password_change_needed";

}  // namespace berth::portal
