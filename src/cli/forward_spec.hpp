// What is to be forwarded, as it is typed: [LOCAL:]PORT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

struct Forward {
  std::uint16_t local = 0;  // of this machine; 0: any free one
  std::uint16_t port = 0;   // of the workspace
  bool operator==(const Forward&) const = default;
};

/// kInvalid where one is none, or is one that only the gate may lead to, or where two would listen at the
/// same port.
Result<std::vector<Forward>> parse_forwards(const std::vector<std::string>& typed);

}  // namespace berth::cli
