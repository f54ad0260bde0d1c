#include "kube/server_address.hpp"

#include <gtest/gtest.h>

namespace berth::kube {
namespace {

TEST(ServerAddress, IsTakenApart) {
  const auto plain = parse_server("https://api.lab.example.com:6443");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "api.lab.example.com");
  EXPECT_EQ(plain->port, "6443");
  EXPECT_EQ(plain->authority, "api.lab.example.com:6443");
  EXPECT_EQ(plain->prefix, "");
  EXPECT_FALSE(plain->is_loopback);
  const auto with_path = parse_server("https://proxy/k8s/clusters/c1/");
  ASSERT_TRUE(with_path);
  EXPECT_EQ(with_path->port, "443");
  EXPECT_EQ(with_path->prefix, "/k8s/clusters/c1");
  const auto six = parse_server("https://[fd00::1]:443");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "[fd00::1]");
  EXPECT_EQ(parse_server("https://[::1]")->port, "443");
}

TEST(ServerAddress, KnowsOurOwnMachine) {
  for (const std::string url :
       {"http://127.0.0.1:80", "https://127.8.8.8", "http://localhost:1", "http://[::1]:1"}) {
    EXPECT_TRUE(parse_server(url)->is_loopback) << url;
  }
  // A name may begin like a loopback address and be anywhere.
  EXPECT_FALSE(parse_server("http://127.0.0.1.example.com")->is_loopback);
}

TEST(ServerAddress, RefusesWhatIsNone) {
  for (const std::string url :
       {"", "api:6443", "ftp://api", "https://", "https://:443", "https://api:0", "https://api:65536",
        "https://api:x", "https://user:secret@api", "https://api?x=1", "https://api/a?x", "https://api/#f",
        "https://a b", "https://[::1", "https://[::1]x:1"}) {
    const auto address = parse_server(url);
    EXPECT_FALSE(address) << url;
    EXPECT_TRUE(address || address.error().message.find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace berth::kube
