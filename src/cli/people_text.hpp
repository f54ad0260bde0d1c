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

/// Of a team with its members, as the server lists them.
bool has_member(const json::value& team, const std::string& user);

/// Why one's own password was not taken. Whose it is, is known: the server's words are for who typed an
/// e-mail address too.
std::string refused_password_text(const json::value& problem, const std::string& email, Instant now);

/// The token that `ref` means: its id, the beginning of its value, or its name, of those that still work.
/// kInvalid when several are meant, kNotFound when none is.
Result<json::value> choose_token(const std::string& ref, const json::array& tokens);

}  // namespace berth::cli
