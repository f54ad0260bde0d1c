#include "entry/kube_access.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/yaml.hpp"

namespace berth::entry {
namespace {

KubeAccess access() {
  return {.token = "header.claims.signature",
          .expires = *parse_rfc3339("2026-11-30T17:00:00Z"),
          .server = "https://api.lab.example:6443",
          .authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"};
}

TEST(KubeAccessText, IsReadAsItWasWritten) {
  const auto read = read_kube_access(to_text(access()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, access());
}

TEST(KubeAccessText, WhatIsNoneIsRefusedAndNotTold) {
  for (const std::string text :
       {"", "secret", "{}", R"({"token": "secret", "server": "s", "expires": "soon"})",
        R"({"token": "", "server": "s", "expires": "2026-11-30T17:00:00Z"})",
        R"({"token": "secret", "server": "", "expires": "2026-11-30T17:00:00Z"})"}) {
    const auto read = read_kube_access(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().message.find("secret"), std::string::npos);
  }
}

TEST(Kubeconfig, IsOneContextOfOneNamespace) {
  const auto documents = yaml_documents(kubeconfig_text(access(), "train: \"big\"", "berth-s-x"));
  ASSERT_TRUE(documents) << documents.error().message;
  const std::string name = "train: \"big\"";
  const json::value expected = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", name},
      {"clusters", json::array{{{"name", name},
                                {"cluster",
                                 {{"server", "https://api.lab.example:6443"},
                                  {"certificate-authority-data", base64_encode(access().authority)}}}}}},
      {"contexts",
       json::array{
           {{"name", name}, {"context", {{"cluster", name}, {"namespace", "berth-s-x"}, {"user", name}}}}}},
      {"users", json::array{{{"name", name}, {"user", {{"token", "header.claims.signature"}}}}}}};
  EXPECT_EQ(documents->at(0), expected);
}

TEST(Kubeconfig, NamesNoAuthorityWhereThereIsNone) {
  auto without = access();
  without.authority.clear();
  EXPECT_EQ(kubeconfig_text(without, "train", "berth-s-x").find("certificate-authority"), std::string::npos);
}

}  // namespace
}  // namespace berth::entry
