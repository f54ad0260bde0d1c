// What one process hands to one other through a place that both can read and that keeps no secret: it is
// sealed to a key pair that was made for it alone.
//
// X25519 and XSalsa20-Poly1305 by libsodium (crypto_box_seal).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace berth::entry {

inline constexpr std::size_t kSealKeyBytes = 32;
using SealPublicKey = std::array<std::byte, kSealKeyBytes>;
/// A seal's own size.
inline constexpr std::size_t kSealBytes = 48;

/// Of one question and its answer. The secret half is nowhere else, and is wiped with this.
class SealKeys {
 public:
  explicit SealKeys(Random& random);
  ~SealKeys();
  SealKeys(const SealKeys&) = delete;
  SealKeys& operator=(const SealKeys&) = delete;

  const SealPublicKey& public_half() const { return public_half_; }
  /// kMalformed for what was not sealed to these keys, or changed since.
  Result<std::string> open(std::span<const std::byte> sealed) const;

 private:
  SealPublicKey public_half_{};
  std::array<std::byte, kSealKeyBytes> secret_{};
};

/// For whoever has the other half alone. kInvalid for a key that nothing can be sealed to.
Result<std::vector<std::byte>> seal(const SealPublicKey& to, std::string_view text);

}  // namespace berth::entry
