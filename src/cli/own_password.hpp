// A password that somebody else gave: before anything is done with it, its owner gets one that nobody else
// knows.
#pragma once

#include "cli/password_session.hpp"

namespace berth::cli {

/// `given`, where its password is its owner's alone; else one with another password, which is asked for
/// (twice on a terminal, from standard input as the next line). Empty when that failed: it has been told, and
/// `code` is how to exit.
std::optional<PasswordSession> with_own_password(PasswordSession given, const std::string& server,
                                                 const std::string& email, const std::string& password,
                                                 bool from_standard_input, int& code);

}  // namespace berth::cli
