// Passwords as argon2id keeps them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::store {

inline constexpr std::size_t kMinPasswordCharacters = 8;
inline constexpr std::size_t kMaxPasswordCharacters = 256;

/// What one hash takes. The usual one is memory-hard: about 0.1 s and 64 MiB, so whoever offers this to
/// strangers bounds how many run at once.
struct PasswordCost {
  unsigned long long operations = 2;
  std::size_t memory_bytes = 64 * 1024 * 1024;
};
/// For tests alone, whose passwords nobody guesses: the least that argon2id takes.
inline constexpr PasswordCost kCheapPassword{.operations = 1, .memory_bytes = 8 * 1024};

/// kInvalid (field "password") when it is too short or too long.
Result<std::string> hash_password(std::string_view password, const PasswordCost& cost = {});

struct PasswordCheck {
  bool matches = false;
  bool outdated = false;  // matches, and was hashed with other costs than today's: hash it again
};
PasswordCheck check_password(const std::string& hash, std::string_view password,
                             const PasswordCost& today = {});
/// For an account that is not there or has no password: takes as long as a real check and never matches.
PasswordCheck check_no_password(std::string_view password, const PasswordCost& today = {});

}  // namespace berth::store
