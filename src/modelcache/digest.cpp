#include "modelcache/digest.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace berth::modelcache {
namespace {

constexpr std::size_t kSha256Digits = 64;

void need(int answer) {
  if (answer != 1) throw std::runtime_error("OpenSSL cannot hash");
}

}  // namespace

Digest::Digest(std::string_view hash, std::int64_t size) : context_(EVP_MD_CTX_new()) {
  const bool sha256 = hash.size() == kSha256Digits;
  need(context_ ? EVP_DigestInit_ex(context_.get(), sha256 ? EVP_sha256() : EVP_sha1(), nullptr) : 0);
  if (sha256) return;
  const auto head = fmt::format("blob {}", size);
  add({head.c_str(), head.size() + 1});  // with its zero
}

void Digest::add(std::string_view bytes) {
  need(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int length = 0;
  need(EVP_DigestFinal_ex(context_.get(), hash.data(), &length));
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", hash[i]);
  return text;
}

}  // namespace berth::modelcache
