#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <set>

namespace berth {
namespace {

TEST(Random, MakesWellFormedUuidsThatDiffer) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_uuid(random));
  EXPECT_EQ(seen.size(), 100U);
  for (const auto& uuid : seen) EXPECT_TRUE(is_uuid(uuid)) << uuid;
}

TEST(Random, SeededIsRepeatable) {
  SeededRandom first(7);
  SeededRandom second(7);
  EXPECT_EQ(random_name_part(first, 20), random_name_part(second, 20));
}

TEST(Random, SecretsAreUrlSafeAndLongEnough) {
  SystemRandom random;
  const auto secret = random_secret(random, 32);
  EXPECT_EQ(secret.size(), 43U);
  EXPECT_EQ(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(Uuid, RefusesOtherForms) {
  EXPECT_FALSE(is_uuid(""));
  EXPECT_FALSE(is_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"));
  EXPECT_FALSE(is_uuid("6ba7b8109dad11d180b400c04fd430c8"));
  EXPECT_TRUE(is_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
}

}  // namespace
}  // namespace berth
