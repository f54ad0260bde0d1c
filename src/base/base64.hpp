// Base64, as Secrets, kubeconfig files, HTTP and tokens carry bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth {

/// Standard, with padding.
std::string base64_encode(std::string_view bytes);
/// Standard; padding may be missing, white space may be anywhere. Nothing for anything else, which includes
/// a last digit with bits that no byte has.
std::optional<std::string> base64_decode(std::string_view text);

/// With '-' and '_', without padding.
std::string base64_url_encode(std::string_view bytes);
std::string base64_url_encode(std::span<const std::byte> bytes);
/// Nothing for what base64_url_encode cannot have written.
std::optional<std::string> base64_url_decode(std::string_view text);

}  // namespace berth
