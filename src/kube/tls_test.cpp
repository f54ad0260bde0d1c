// Trust: whose certificate is believed, and under which name.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "kube/test_folder.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

/// Writes a key and a certificate signed by itself, valid for an hour, for `names` ("IP:127.0.0.1,DNS:lab").
http::TlsFiles make_certificate(const TestFolder& folder, const std::string& file, const std::string& names) {
  const Owned<EVP_PKEY, EVP_PKEY_free> key(EVP_EC_gen("P-256"));
  const Owned<X509, X509_free> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  X509_add_ext(certificate.get(), extension.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  http::TlsFiles files{.certificate = (folder.path() / (file + ".crt")).string(),
                       .key = (folder.path() / (file + ".key")).string()};
  const Owned<std::FILE, std::fclose> key_file(std::fopen(files.key.c_str(), "w"));
  PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const Owned<std::FILE, std::fclose> certificate_file(std::fopen(files.certificate.c_str(), "w"));
  PEM_write_X509(certificate_file.get(), certificate.get());
  return files;
}

std::string text_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

http::Response welcome(const http::Request&) {
  return json_response(200, "{}");
}

Result<std::string> ask(const Config& config) {
  return ClientFactory(config, quick_settings()).client().raw_get("/version");
}

TEST(Tls, BelievesTheAuthorityItWasGivenAndNoOther) {
  const TestFolder folder;
  const auto ours = make_certificate(folder, "ours", "IP:127.0.0.1");
  const auto other = make_certificate(folder, "other", "IP:127.0.0.1");
  const FakeApi api(welcome, ours);
  auto config = api.config();
  config.certificate_authority.file = ours.certificate;
  EXPECT_TRUE(ask(config)) << ask(config).error().message;
  config.certificate_authority = {.data = text_of(ours.certificate), .file = {}};
  EXPECT_TRUE(ask(config));
  for (const auto& wrong : {Pem{.data = {}, .file = other.certificate}, Pem{}}) {
    config.certificate_authority = wrong;
    const auto began = std::chrono::steady_clock::now();
    const auto refused = ask(config);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, kTestPatience / 2) << "trying again would not help";
  }
  config.insecure_skip_tls_verify = true;
  EXPECT_TRUE(ask(config));
}

TEST(Tls, ChecksTheServersName) {
  const TestFolder folder;
  const auto files = make_certificate(folder, "named", "DNS:kubernetes.default.svc");
  const FakeApi api(welcome, files);
  auto config = api.config();
  config.certificate_authority.file = files.certificate;
  EXPECT_FALSE(ask(config)) << "the certificate is not for this address";
  config.tls_server_name = "kubernetes.default.svc";
  ASSERT_TRUE(ask(config)) << ask(config).error().message;
  EXPECT_EQ(api.requests().at(0).header("host"), config.server.substr(8)) << "the host stays the address";
  config.tls_server_name = "another.name";
  EXPECT_FALSE(ask(config));
}

TEST(Tls, OffersNothingButHttpOneDotOne) {
  std::string hello;
  {
    RawApi server([&](int, RawApi::Connection& connection) {
      // A record of TLS tells its length in its fourth and fifth byte.
      auto bytes = connection.read_bytes(5);
      if (bytes.size() < 5) return;
      const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
      };
      const auto whole = 5 + byte(3) * 256 + byte(4);
      if (bytes.size() < whole) bytes += connection.read_bytes(whole - bytes.size());
      hello = std::move(bytes);
    });
    auto config = server.config();
    config.server.replace(0, 4, "https");
    auto settings = quick_settings();
    settings.max_tries = 1;
    EXPECT_FALSE(ClientFactory(config, settings).client().raw_get("/version"));
  }
  // Each protocol of the ALPN extension is told with its length before it.
  EXPECT_NE(hello.find("\x08http/1.1"), std::string::npos);
  EXPECT_EQ(hello.find("\x02h2"), std::string::npos);
}

TEST(Tls, AReplacedAuthorityFileIsReadAgain) {
  const TestFolder folder;
  const auto ours = make_certificate(folder, "ours", "IP:127.0.0.1");
  const auto other = make_certificate(folder, "other", "IP:127.0.0.1");
  const FakeApi api(welcome, ours);
  auto config = api.config();
  config.certificate_authority.file = folder.write("ca.crt", text_of(other.certificate));
  const ClientFactory factory(config, quick_settings());
  EXPECT_FALSE(factory.client().raw_get("/version"));
  folder.write("ca.crt", text_of(ours.certificate));
  EXPECT_TRUE(factory.client().raw_get("/version"));
}

TEST(Tls, ABrokenAuthorityIsSaidToBe) {
  const TestFolder folder;
  const auto files = make_certificate(folder, "ours", "IP:127.0.0.1");
  const FakeApi api(welcome, files);
  auto config = api.config();
  config.certificate_authority.file = folder.write("ca.crt", "nonsense");
  EXPECT_FALSE(ask(config));
  config.certificate_authority.file = folder.path() / "missing";
  EXPECT_FALSE(ask(config));
}

}  // namespace
}  // namespace berth::kube
