// Base64, as Secrets hold their values and as tokens are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::simcluster {

std::string base64_encode(std::string_view bytes);
/// Without padding, with '-' and '_'.
std::string base64_url_encode(std::string_view bytes);
/// Nothing when it is not padded standard base64.
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64_url_decode(std::string_view text);

}  // namespace berth::simcluster
