// Asking for a password without showing it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::cli {

/// From the terminal, without echo. kInvalid when there is none to ask at.
Result<std::string> ask_password(const std::string& question);
/// The first line of standard input.
Result<std::string> read_password_line();

}  // namespace berth::cli
