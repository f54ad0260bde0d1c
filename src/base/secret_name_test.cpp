#include "base/secret_name.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(SecretName, IsKnownInManyForms) {
  for (const auto* name : {"password", "current_password", "newPassword", "New-Password", "users[0].password",
                           "password[3]", "credentials.name", "client_secret", "token", "api-token", "apiKey",
                           "X-Api-Key", "private_key", "Authorization", "passphrase"})
    EXPECT_TRUE(names_secret(name)) << name;
}

TEST(SecretName, IsNotOneThatOnlySoundsAlike) {
  for (const auto* name : {"", "name", "units", "output_tokens", "tokens_per_day", "key", "nodes[0].name",
                           "pass", "cookie_count"})
    EXPECT_FALSE(names_secret(name)) << name;
}

}  // namespace
}  // namespace berth
