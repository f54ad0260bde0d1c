#include "store/secrets.hpp"

#include <sodium.h>

#include "base/base64.hpp"

namespace berth::store {

std::vector<std::byte> secret_hash(std::string_view purpose, std::string_view secret) {
  std::string text(purpose);
  text.push_back('\0');
  text.append(secret);
  std::vector<std::byte> hash(crypto_generichash_BYTES);
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  sodium_memzero(text.data(), text.size());
  return hash;
}

std::string secret_hash_text(std::string_view purpose, std::string_view secret) {
  return base64_url_encode(secret_hash(purpose, secret));
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace berth::store
