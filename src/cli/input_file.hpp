// Files that a command was given to read.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::cli {

/// All of a file, or of standard input where `path` is "-". kInvalid when it cannot be opened, is no file, or
/// is longer than kMaxYamlBytes.
Result<std::string> read_input(const std::string& path);

}  // namespace berth::cli
