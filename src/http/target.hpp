// The request target: "/path?query" from outside, decoded and refused where two readers could understand it
// differently.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace berth::http {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  bool operator==(const Target&) const = default;
};

/// Parses the origin form alone. kMalformed, with a sentence that does not repeat the target (it may hold a
/// secret), for other forms, bytes outside visible ASCII, bad percent signs, text that is not UTF-8 once
/// decoded, NUL anywhere; and in the path for control characters, an encoded slash, and the segments "." and
/// "..". In the query '+' is a space, "a" is "a=", and empty pairs are skipped.
Result<Target> parse_target(std::string_view text);

}  // namespace berth::http
