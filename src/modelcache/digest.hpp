// The hash by which a file of a model is named, taken of its bytes as they come.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace berth::modelcache {

class Digest {
 public:
  /// Of the kind that `hash` is, of a file of `size` bytes.
  Digest(std::string_view hash, std::int64_t size);
  void add(std::string_view bytes);
  /// In lower-case digits. Once.
  std::string hex();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace berth::modelcache
