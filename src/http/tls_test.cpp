// TLS end to end: a real certificate, libcurl as the client, and raw sockets for what is not TLS.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/log.hpp"
#include "base/temporary_folder_for_test.hpp"
#include "http/test_server.hpp"

namespace berth::http {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

/// A key and a certificate signed by itself for 127.0.0.1, valid for an hour, in files of a folder of their
/// own.
class TlsFolder {
 public:
  TlsFolder() {
    write_pair("one");
    write_pair("other");
  }

  std::string file(const std::string& name) const { return folder_ / name; }
  TlsFiles files() const { return {.certificate = file("one.crt"), .key = file("one.key")}; }

  /// `from` and `until` in seconds from now.
  void write_pair(const std::string& name, long from = -60, long until = 3600) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    auto* x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), from);
    X509_gmtime_adj(X509_getm_notAfter(x509), until);
    X509_set_pubkey(x509, key.get());
    auto* subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("berth test"), -1, -1, 0);
    X509_set_issuer_name(x509, subject);
    const Extension address(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
    X509_add_ext(x509, address.get(), -1);
    X509_sign(x509, key.get(), EVP_sha256());
    const File key_file(std::fopen(file(name + ".key").c_str(), "w"));
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    const File certificate_file(std::fopen(file(name + ".crt").c_str(), "w"));
    PEM_write_X509(certificate_file.get(), x509);
  }

 private:
  const TemporaryFolder folder_;
};

ServerSettings with_tls(const TlsFolder& folder, Limits limits = {}) {
  return {.address = "127.0.0.1", .port = 0, .workers = 2, .limits = limits, .tls = folder.files()};
}

class TlsClient {
 public:
  TlsClient(const TlsFolder& folder, std::uint16_t port)
      : base_("https://127.0.0.1:" + std::to_string(port)), handle_(curl_easy_init()) {
    set(CURLOPT_CAINFO, folder.file("one.crt").c_str());
    set(CURLOPT_TIMEOUT, static_cast<long>(kPatience.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_WRITEFUNCTION,
        static_cast<curl_write_callback>([](char* bytes, std::size_t size, std::size_t count, void* to) {
          static_cast<std::string*>(to)->append(bytes, size * count);
          return size * count;
        }));
    set(CURLOPT_WRITEDATA, static_cast<void*>(&body_));
  }

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  /// What curl says; status and body are kept.
  CURLcode perform(const std::string& path) {
    body_.clear();
    set(CURLOPT_URL, (base_ + path).c_str());
    const auto code = curl_easy_perform(handle_.get());
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status_);
    curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &new_connections_);
    return code;
  }

  long status() const { return status_; }
  long new_connections() const { return new_connections_; }
  const std::string& body() const { return body_; }

 private:
  std::string base_;
  std::unique_ptr<CURL, Freed<curl_easy_cleanup>> handle_;
  std::string body_;
  long status_ = 0;
  long new_connections_ = 0;
};

/// The value of CURLOPT_SSLVERSION for a lowest and a highest version: the latter is in the upper half.
long between(long lowest, long highest) {
  return lowest | highest << 16;
}

TEST(Tls, AnswersAndKeepsTheConnection) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  ASSERT_EQ(client.perform("/hello"), CURLE_OK);
  EXPECT_EQ(client.body(), "hello");
  ASSERT_EQ(client.perform("/big"), CURLE_OK);
  EXPECT_EQ(client.body().size(), kBigBytes);
  EXPECT_EQ(client.new_connections(), 0);
}

TEST(Tls, ClosesProperlyWhenAsked) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  const std::unique_ptr<curl_slist, Freed<curl_slist_free_all>> headers(
      curl_slist_append(nullptr, "Connection: close"));
  client.set(CURLOPT_HTTPHEADER, headers.get());
  ASSERT_EQ(client.perform("/hello"), CURLE_OK);
  EXPECT_EQ(client.body(), "hello");
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
}

TEST(Tls, CarriesStreams) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  std::thread writer([&] {
    if (!eventually([&] { return server.stream_count() == 1; })) return;
    for (int i = 0; i < 100; ++i) server.stream(0)->send("data: 1\n\n");
    server.stream(0)->finish();
  });
  EXPECT_EQ(client.perform("/stream"), CURLE_OK);
  writer.join();
  EXPECT_EQ(client.body().size(), 900U);
}

TEST(Tls, NoticesThatTheClientOfAStreamIsGone) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  client.set(CURLOPT_TIMEOUT_MS, 300L);
  EXPECT_EQ(client.perform("/stream"), CURLE_OPERATION_TIMEDOUT);
  ASSERT_EQ(server.stream_count(), 1U);
  EXPECT_TRUE(eventually([&] { return !server.stream(0)->open(); }));
}

TEST(Tls, ATooLargeBodyGetsAnAnswerItsSenderCanRead) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  const std::string body(20 * 1024 * 1024, 'x');
  client.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  client.set(CURLOPT_POSTFIELDS, body.c_str());
  EXPECT_EQ(client.perform("/echo"), CURLE_OK);
  EXPECT_EQ(client.status(), 413);
  EXPECT_TRUE(client.body().starts_with(error_text(413)));
}

TEST(Tls, RefusesOldVersions) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  TlsClient client(folder, server.port());
  client.set(CURLOPT_SSLVERSION, between(CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1));
  client.set(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
  EXPECT_EQ(client.perform("/hello"), CURLE_SSL_CONNECT_ERROR);
  TlsClient newer(folder, server.port());
  newer.set(CURLOPT_SSLVERSION, between(CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_2));
  EXPECT_EQ(newer.perform("/hello"), CURLE_OK);
}

TEST(Tls, OfTheOlderVersionOnlyWhatIsForwardSecretAndSealed) {
  const TlsFolder folder;
  TestServer server(with_tls(folder));
  const auto with_cipher = [&](const char* cipher) {
    TlsClient client(folder, server.port());
    client.set(CURLOPT_SSLVERSION, between(CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_2));
    client.set(CURLOPT_SSL_CIPHER_LIST, cipher);
    return client.perform("/hello");
  };
  for (const auto* good :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"})
    EXPECT_EQ(with_cipher(good), CURLE_OK) << good;
  for (const auto* bad :
       {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM", "AES256-GCM-SHA384"})
    EXPECT_EQ(with_cipher(bad), CURLE_SSL_CONNECT_ERROR) << bad;
}

TEST(Tls, NewFilesServeNewConnectionsAndOldOnesGoOn) {
  const TlsFolder folder;
  auto settings = with_tls(folder);
  settings.tls_look_every = std::chrono::milliseconds(20);
  TestServer server(std::move(settings), Log::to_file("test", LogLevel::kInfo, folder.file("log")));
  const auto said = [&](std::string_view words) {
    std::ifstream log(folder.file("log"));
    return std::string(std::istreambuf_iterator<char>(log), {}).find(words) != std::string::npos;
  };
  TlsClient old(folder, server.port());
  ASSERT_EQ(old.perform("/hello"), CURLE_OK);
  const auto copy = [&](const char* from, const char* to) {
    std::filesystem::copy_file(folder.file(from), folder.file("next"),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(folder.file("next"), folder.file(to));
  };
  const auto trusts = [&](const char* authority) {
    TlsClient client(folder, server.port());
    client.set(CURLOPT_CAINFO, folder.file(authority).c_str());
    return client.perform("/hello") == CURLE_OK;
  };
  copy("one.crt", "before.crt");
  std::ofstream(folder.file("one.crt")) << "half a certificate";
  EXPECT_TRUE(eventually([&] { return said("the changed TLS files cannot be used"); }));
  EXPECT_TRUE(trusts("before.crt")) << "what cannot be used leaves what was";
  copy("other.crt", "one.crt");
  copy("other.key", "one.key");
  EXPECT_TRUE(eventually([&] { return trusts("other.crt"); }));
  EXPECT_FALSE(trusts("before.crt"));
  ASSERT_EQ(old.perform("/hello"), CURLE_OK);
  EXPECT_EQ(old.new_connections(), 0) << "a connection outlives the certificate that it began with";
}

TEST(Tls, PlainBytesAndSilenceAreClosedAndHarmNoOne) {
  const TlsFolder folder;
  Limits limits;
  limits.header_timeout = std::chrono::milliseconds(200);
  TestServer server(with_tls(folder, limits));
  auto plain = server.connect();
  plain.send(get("/hello"));
  EXPECT_EQ(plain.read_to_end().find("hello"), std::string::npos);
  auto silent = server.connect();
  EXPECT_TRUE(silent.closed_by_peer());
  TlsClient client(folder, server.port());
  EXPECT_EQ(client.perform("/hello"), CURLE_OK);
}

/// What a server says of its certificate at its start.
std::string told_at_start(const TlsFolder& folder, long from, long until) {
  folder.write_pair("dated", from, until);
  const auto path = folder.file("log");
  std::filesystem::remove(path);
  ServerSettings settings;
  settings.address = "127.0.0.1";
  settings.tls = TlsFiles{.certificate = folder.file("dated.crt"), .key = folder.file("dated.key")};
  const auto server = Server::start(
      settings, [](const Request&) { return Response{}; }, ErrorBody{},
      Log::to_file("http", LogLevel::kInfo, path));
  EXPECT_TRUE(server);
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Tls, ACertificateThatIsOutOfDateIsToldAtTheStart) {
  constexpr long kDay = 86'400;
  const TlsFolder folder;
  EXPECT_EQ(told_at_start(folder, -kDay, 300 * kDay), "");
  const auto expired = told_at_start(folder, -300 * kDay, -kDay);
  EXPECT_NE(expired.find("the TLS certificate has expired"), std::string::npos) << expired;
  EXPECT_NE(expired.find(folder.file("dated.crt")), std::string::npos) << expired;
  EXPECT_NE(expired.find("\"valid_until\":\"20"), std::string::npos) << expired;
  const auto early = told_at_start(folder, kDay, 300 * kDay);
  EXPECT_NE(early.find("the TLS certificate is not valid yet"), std::string::npos) << early;
  const auto soon = told_at_start(folder, -300 * kDay, kDay);
  EXPECT_NE(soon.find("the TLS certificate expires soon"), std::string::npos) << soon;
}

TEST(Tls, FilesThatCannotBeUsedAreNamed) {
  const TlsFolder folder;
  std::ofstream(folder.file("broken.crt")) << "not a certificate\n";
  const std::vector<std::pair<TlsFiles, std::string>> cases = {
      {{folder.file("missing.crt"), folder.file("one.key")}, "tls.certificate"},
      {{folder.file("broken.crt"), folder.file("one.key")}, "tls.certificate"},
      {{folder.file("one.crt"), folder.file("missing.key")}, "tls.key"},
      {{folder.file("one.crt"), folder.file("one.crt")}, "tls.key"},
      {{folder.file("one.crt"), folder.file("other.key")}, "tls.key"},
  };
  for (const auto& [files, field] : cases) {
    ServerSettings settings;
    settings.tls = files;
    const auto server =
        Server::start(settings, [](const Request&) { return Response{}; }, ErrorBody{}, Log::silent());
    ASSERT_FALSE(server) << files.certificate << " " << files.key;
    EXPECT_EQ(server.error().code, Code::kInvalid);
    EXPECT_EQ(server.error().fields.at(0).field, field) << server.error().message;
  }
}

}  // namespace
}  // namespace berth::http
