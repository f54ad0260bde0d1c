#include "cli/api_client.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

std::string refused(const std::string& server, bool insecure = false) {
  const auto fine = check_server(server, insecure);
  return fine ? "" : fine.error().slug;
}

TEST(Server, IsAnAddressOfHttp) {
  for (const auto* server : {"", "berth", "ftp://127.0.0.1", "http://", "127.0.0.1:8080", "https://bad host"})
    EXPECT_FALSE(check_server(server, true)) << server;
}

TEST(Server, GetsNoSecretInTheClearUnlessItIsThisMachineOrThatWasAskedFor) {
  for (const auto* server : {"https://berth.example.com", "http://127.0.0.1:8080", "http://localhost:8080",
                             "http://[::1]:8080", "HTTPS://berth.example.com"})
    EXPECT_EQ(refused(server), "") << server;
  for (const auto* server :
       {"http://berth.example.com", "http://10.0.0.1:8080", "http://127.0.0.1@example.com",
        "http://127.0.0.1.example.com", "HTTP://berth.example.com", "http://[2001:db8::1]"}) {
    EXPECT_EQ(refused(server), "not_encrypted") << server;
    EXPECT_EQ(refused(server, true), "") << server;
  }
}

}  // namespace
}  // namespace berth::cli
