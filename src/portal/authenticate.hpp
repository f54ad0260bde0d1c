// Who is asking: a bearer token, or the cookie of a browser session.
#pragma once

#include "portal/call.hpp"

namespace berth::portal {

inline constexpr std::string_view kCookieName = "berth_session";

/// kUnauthenticated when nobody is proven; kForbidden when the token's scopes or the CSRF token do not allow
/// this method.
Result<Caller> authenticate(pg::Connection& db, const http::Request& request);

}  // namespace berth::portal
