// Numbers as people type them.
#pragma once

#include <optional>
#include <string_view>

namespace berth::cli {

/// "0.8", "80%", "1.5k", "20M", "1B", "2T". Empty for what is none.
std::optional<double> amount_in(std::string_view text);

}  // namespace berth::cli
