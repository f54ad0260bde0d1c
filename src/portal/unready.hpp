// What /readyz answers about a database that is not as the portal needs it.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "http/http.hpp"

namespace berth::portal {

/// 503 with the kind of trouble, and no names: anybody may ask. Those are in the log.
http::Response unready(const Error& error, std::string_view request_id);

}  // namespace berth::portal
