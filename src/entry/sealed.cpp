#include "entry/sealed.hpp"

#include <sodium.h>

namespace berth::entry {
namespace {

static_assert(kSealKeyBytes == crypto_box_PUBLICKEYBYTES && kSealKeyBytes == crypto_box_SECRETKEYBYTES &&
              kSealKeyBytes == crypto_box_SEEDBYTES && kSealBytes == crypto_box_SEALBYTES);

template <typename Byte>
const unsigned char* in(const Byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
template <typename Byte>
unsigned char* out(Byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace

SealKeys::SealKeys(Random& random) {
  std::array<std::byte, crypto_box_SEEDBYTES> seed{};
  random.fill(seed);
  crypto_box_seed_keypair(out(public_half_.data()), out(secret_.data()), in(seed.data()));
  sodium_memzero(seed.data(), seed.size());
}

SealKeys::~SealKeys() {
  sodium_memzero(secret_.data(), secret_.size());
}

Result<std::string> SealKeys::open(std::span<const std::byte> sealed) const {
  const auto unreadable = [] { return fail(Code::kMalformed, "this was not sealed to these keys"); };
  if (sealed.size() < kSealBytes) return unreadable();
  std::string text(sealed.size() - kSealBytes, '\0');
  if (crypto_box_seal_open(out(text.data()), in(sealed.data()), sealed.size(), in(public_half_.data()),
                           in(secret_.data())) != 0) {
    return unreadable();
  }
  return text;
}

Result<std::vector<std::byte>> seal(const SealPublicKey& to, std::string_view text) {
  std::vector<std::byte> sealed(text.size() + kSealBytes);
  if (crypto_box_seal(out(sealed.data()), in(text.data()), text.size(), in(to.data())) != 0)
    return fail(Code::kInvalid, "nothing can be sealed to this key");
  return sealed;
}

}  // namespace berth::entry
