#include "store/passwords.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <stdexcept>

#include "base/display_name.hpp"

namespace berth::store {
namespace {

constexpr auto kOperations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr std::size_t kMostBytes = 4 * kMaxPasswordCharacters;  // longer ones are nobody's: not worth a hash
constexpr auto kMemoryBytes = crypto_pwhash_MEMLIMIT_INTERACTIVE;

/// The library's own set-up: done once, harmless when repeated, safe from several threads.
void ready() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

/// Empty when the memory for it cannot be had.
std::string hash(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str(text.data(), password.data(), password.size(), kOperations, kMemoryBytes) != 0)
    return {};
  return text.data();
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  ready();
  const auto length = characters_of(password);
  if (length < kMinPasswordCharacters || length > kMaxPasswordCharacters) {
    const auto limit = fmt::format("{} to {} characters", kMinPasswordCharacters, kMaxPasswordCharacters);
    return fail(invalid_field("password", "", limit, fmt::format("A password has {}.", limit)));
  }
  auto text = hash(password);
  if (text.empty()) return fail(Code::kUnavailable, "no memory to hash a password");
  return text;
}

PasswordCheck check_password(const std::string& hash, std::string_view password) {
  ready();
  if (password.size() > kMostBytes ||
      crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) != 0) {
    return {};
  }
  return {.matches = true,
          .outdated = crypto_pwhash_str_needs_rehash(hash.c_str(), kOperations, kMemoryBytes) != 0};
}

PasswordCheck check_no_password(std::string_view password) {
  ready();
  // Hashing anew costs what checking does.
  if (password.size() <= kMostBytes) static_cast<void>(hash(password));
  return {};
}

}  // namespace berth::store
