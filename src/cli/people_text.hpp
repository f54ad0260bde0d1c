// People, teams and tokens as a terminal shows them.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

std::string users_text(const json::value& page, Instant now);
std::string teams_text(const json::value& list);
std::string tokens_text(const json::value& page, Instant now);
/// An account and the password that it was given, which is told this once.
std::string given_password_text(const json::value& answer);

/// The token that `ref` means: its id, the beginning of its value, or its name, of those that still work.
/// kInvalid when several are meant, kNotFound when none is.
Result<json::value> choose_token(const std::string& ref, const json::array& tokens);

}  // namespace berth::cli
