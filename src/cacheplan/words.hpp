// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace berth::cacheplan {

/// "812 B", "41.2 GiB".
std::string bytes_text(std::int64_t bytes);
/// "93 %".
std::string percent_text(std::int64_t part, std::int64_t whole);

}  // namespace berth::cacheplan
