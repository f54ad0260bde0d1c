#include "store/passwords.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <stdexcept>

#include "base/display_name.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMostBytes = 4 * kMaxPasswordCharacters;  // longer ones are nobody's: not worth a hash
static_assert(PasswordCost{}.operations == crypto_pwhash_OPSLIMIT_INTERACTIVE &&
              PasswordCost{}.memory_bytes == crypto_pwhash_MEMLIMIT_INTERACTIVE);
static_assert(kCheapPassword.operations == crypto_pwhash_OPSLIMIT_MIN &&
              kCheapPassword.memory_bytes == crypto_pwhash_MEMLIMIT_MIN);

/// The library's own set-up: done once, harmless when repeated, safe from several threads.
void ready() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

/// Empty when the memory for it cannot be had.
std::string hash(std::string_view password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str(text.data(), password.data(), password.size(), cost.operations, cost.memory_bytes) !=
      0)
    return {};
  return text.data();
}

}  // namespace

Result<std::string> hash_password(std::string_view password, const PasswordCost& cost) {
  ready();
  const auto length = characters_of(password);
  if (length < kMinPasswordCharacters || length > kMaxPasswordCharacters) {
    const auto limit = fmt::format("{} to {} characters", kMinPasswordCharacters, kMaxPasswordCharacters);
    return fail(invalid_field("password", "", limit, fmt::format("A password has {}.", limit)));
  }
  auto text = hash(password, cost);
  if (text.empty()) return fail(Code::kUnavailable, "no memory to hash a password");
  return text;
}

PasswordCheck check_password(const std::string& hash, std::string_view password, const PasswordCost& today) {
  ready();
  if (password.size() > kMostBytes ||
      crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) != 0) {
    return {};
  }
  return {
      .matches = true,
      .outdated = crypto_pwhash_str_needs_rehash(hash.c_str(), today.operations, today.memory_bytes) != 0};
}

PasswordCheck check_no_password(std::string_view password, const PasswordCost& today) {
  ready();
  // Hashing anew costs what checking does.
  if (password.size() <= kMostBytes) static_cast<void>(hash(password, today));
  return {};
}

}  // namespace berth::store
