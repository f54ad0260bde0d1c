// Standard base64 with padding, as kubeconfig files and HTTP carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::kube {

std::string encode_base64(std::string_view bytes);
/// White space between is allowed; empty when anything else is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace berth::kube
