// Asking whoever sits at the terminal: for a password without showing it, and for a yes.
#pragma once

#include <string>

#include "base/result.hpp"

namespace berth::cli {

/// From the terminal, without echo. kInvalid when there is none to ask at.
Result<std::string> ask_password(const std::string& question);
/// The first line of standard input.
Result<std::string> read_password_line();

/// There is a terminal to ask at: not in a script.
bool is_asked();
/// Asks with y or n; no answer is a no.
bool confirmed(const std::string& question);

}  // namespace berth::cli
