// Bytes in the form of RFC 1952, which is what HTTP calls gzip.
#pragma once

#include <string>
#include <string_view>

namespace berth {

/// Compressed for whoever asks once: quick rather than small (zlib's first level).
std::string gzip(std::string_view bytes);

}  // namespace berth
