// Text as a part of an address.
#pragma once

#include <string>
#include <string_view>

namespace berth {

/// Everything but letters, digits and "-._~" as %XX (RFC 3986's unreserved characters), slashes too unless
/// they are kept.
std::string percent_encoded(std::string_view text, bool keep_slashes = false);

}  // namespace berth
