// The key pair of backups: whoever makes them has the public half alone, which opens none; the private half
// is in a file, at a place of its own, until one is restored.
//
// X25519 by libsodium. A half is one line of text that says which half it is.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace berth::backup {

inline constexpr std::size_t kKeyBytes = 32;
using PublicKey = std::array<std::byte, kKeyBytes>;

class PrivateKey {
 public:
  explicit PrivateKey(Random& random);
  ~PrivateKey();
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  PrivateKey(PrivateKey&& other) noexcept;
  PrivateKey& operator=(PrivateKey&&) = delete;

  /// kInvalid for what is none; the sentence never repeats it.
  static Result<PrivateKey> parse(std::string_view text);
  std::string text() const;

  const PublicKey& public_half() const { return public_; }
  const std::array<std::byte, kKeyBytes>& secret() const { return secret_; }

 private:
  PrivateKey() = default;
  PublicKey public_{};
  std::array<std::byte, kKeyBytes> secret_{};
};

std::string text_of(const PublicKey& key);
/// kInvalid with `field` as the one at fault. Of a private half it says that it is one, and no more.
Result<PublicKey> parse_public_key(std::string_view text, std::string_view field);
/// Sixteen digits to tell keys apart by.
std::string fingerprint(const PublicKey& key);

/// Makes a pair and writes its private half, for its owner alone, to a file that is not there yet.
Result<PublicKey> make_key_file(const std::filesystem::path& file, Random& random);
Result<PrivateKey> read_key_file(const std::filesystem::path& file);

}  // namespace berth::backup
