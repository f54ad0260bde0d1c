// What a simulated workspace says of itself to whoever is no browser.
#pragma once

#include <string_view>

namespace berth {

/// Of an answer: no gate, and no program, is behind this address.
inline constexpr std::string_view kSimulatedHeader = "Berth-Simulated";

}  // namespace berth
