// YAML as JSON, under limits: ten lines of YAML can stand for a billion nodes.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::kube {

struct YamlLimits {
  std::size_t nodes = 20'000;
  std::size_t depth = 32;
};

/// One document. Plain scalars become booleans, null or strings (numbers stay text: a token may look like
/// one). kMalformed when broken, kTooLarge beyond the limits.
Result<json::value> yaml_to_json(std::string_view text, const YamlLimits& limits = {});

}  // namespace berth::kube
