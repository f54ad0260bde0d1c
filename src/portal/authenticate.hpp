// Who is asking: a bearer token, or the cookie of a browser session.
#pragma once

#include "portal/call.hpp"

namespace berth::portal {

inline constexpr std::string_view kCookieName = "berth_session";

/// The cookie of that name out of a Cookie header. The first one counts; empty when there is none.
std::string cookie_of(const http::Request& request);

/// What follows "Bearer ", in any case; empty when the header holds something else.
std::string_view bearer_of(std::string_view header);

/// kUnauthenticated when nobody is proven; kForbidden when the token's scopes or the CSRF token do not allow
/// this method.
Result<Caller> authenticate(pg::Connection& db, const http::Request& request);

}  // namespace berth::portal
