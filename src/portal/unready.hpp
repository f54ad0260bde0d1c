// What /readyz answers where nobody is to be sent to this portal: its database is not as it needs it, or it
// goes.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "http/http.hpp"

namespace berth::portal {

/// The kind of trouble that is none of the database's.
inline constexpr std::string_view kStopping = "stopping";

/// 503 with the kind of trouble, and no names: anybody may ask. Those are in the log.
http::Response unready(const Error& error, std::string_view request_id);

}  // namespace berth::portal
