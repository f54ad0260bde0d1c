#include "simcluster/certificate.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/private_file.hpp"

namespace berth::simcluster {
namespace {

constexpr long kClockMayBeOff = 24L * 3600;     // seconds
constexpr long kLives = 10L * 365 * 24 * 3600;  // it is made anew at each start

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using PrivateKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using X509Certificate = Owned<X509, X509_free>;

bool add(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_name_and_serial(X509* certificate) {
  std::array<unsigned char, 8> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
  std::uint64_t serial = 0;
  std::memcpy(&serial, random.data(), random.size());
  auto* subject = X509_get_subject_name(certificate);
  const std::string name = "Berth's simulated cluster";
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

X509Certificate sign(EVP_PKEY* key, const std::string& address) {
  X509Certificate certificate(X509_new());
  if (!certificate) return nullptr;
  auto* it = certificate.get();
  const bool made = X509_set_version(it, 2) == 1 && set_name_and_serial(it) &&
                    X509_gmtime_adj(X509_getm_notBefore(it), -kClockMayBeOff) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(it), kLives) != nullptr &&
                    X509_set_pubkey(it, key) == 1 &&
                    add(it, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add(it, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
                    add(it, NID_ext_key_usage, "serverAuth") && add(it, NID_subject_key_identifier, "hash") &&
                    add(it, NID_subject_alt_name, fmt::format("IP:{},DNS:localhost", address)) &&
                    X509_sign(it, key, EVP_sha256()) != 0;
  return made ? std::move(certificate) : nullptr;
}

/// PEM of what `write` puts into a buffer; empty where it cannot.
template <typename Write>
std::string pem(Write&& write) {
  const Owned<BIO, BIO_free_all> buffer(BIO_new(BIO_s_mem()));
  if (!buffer || write(buffer.get()) != 1) return {};
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(buffer.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Result<Certificate> make_certificate(const std::filesystem::path& folder, const std::string& address) {
  const PrivateKey key(EVP_EC_gen("P-256"));
  const auto certificate = key ? sign(key.get(), address) : nullptr;
  if (!certificate) return fail(Code::kInternal, "OpenSSL cannot make a certificate");
  const auto key_text = pem([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  Certificate made{
      .files = {.certificate = (folder / "api.crt").string(), .key = (folder / "api.key").string()},
      .authority = pem([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); })};
  if (key_text.empty() || made.authority.empty())
    return fail(Code::kInternal, "OpenSSL cannot write a certificate");
  std::error_code error;
  std::filesystem::create_directories(folder, error);  // the write below says where it fails
  if (auto ok = write_private_file(made.files.key, key_text); !ok) return fail(ok.error());
  if (auto ok = write_private_file(made.files.certificate, made.authority); !ok) return fail(ok.error());
  return made;
}

}  // namespace berth::simcluster
