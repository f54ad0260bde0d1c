// What the cache's commands read and print, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "modelcache/modelcache.hpp"

namespace berth::cli {

/// "800K", "20M", "1G": bytes a second, in powers of 1024. kInvalid, at least 1K.
Result<std::int64_t> parse_rate(std::string_view text);
/// "312 B", "1.5 MiB".
std::string show_bytes(std::int64_t bytes);
/// "42% of 1.5 GiB, 3 of 9 files, 88.0 MiB/s".
std::string progress_line(const modelcache::Progress& now, const modelcache::Progress& before,
                          double seconds);

json::value to_json(const modelcache::Source& source, const modelcache::Fetched& fetched);
std::string fetched_text(const modelcache::Source& source, const modelcache::Fetched& fetched);
json::value to_json(const modelcache::Verified& verified);
std::string verified_text(const modelcache::Verified& verified);

}  // namespace berth::cli
