#include "install/secrets.hpp"

#include <gtest/gtest.h>

namespace berth::install {
namespace {

const std::string kAdmin = "root@example.org";
const Existing kAll{{"berth-database", {"owner", "portal", "reconciler"}},
                    {"berth-first-admin", {"email", "password"}}};

std::vector<std::string> made(const Plan& plan) {
  std::vector<std::string> names;
  for (const auto& secret : plan.make) names.push_back(secret.name);
  return names;
}

TEST(PlanSecrets, AFreshClusterGetsAllOfThemWithValuesOfTheirOwn) {
  SystemRandom random;
  const auto plan = plan_secrets({}, kAdmin, random);
  ASSERT_TRUE(plan);
  EXPECT_EQ(made(*plan), (std::vector<std::string>{"berth-database", "berth-first-admin"}));
  EXPECT_TRUE(plan->keep.empty());
  std::set<std::string> values;
  for (const auto& secret : plan->make)
    for (const auto& [key, value] : secret.values) {
      EXPECT_GE(value.size(), 16U) << key;
      EXPECT_TRUE(values.insert(value).second) << key << " is the same as another";
    }
  EXPECT_EQ(plan->make.back().values.at("email"), kAdmin);
}

TEST(PlanSecrets, WhatIsThereIsKeptWhateverElseItHolds) {
  SystemRandom random;
  auto existing = kAll;
  existing["berth-database"].insert("superuser");
  const auto plan = plan_secrets(existing, kAdmin, random);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->make.empty());
  EXPECT_EQ(plan->keep, (std::vector<std::string>{"berth-database", "berth-first-admin"}));
}

TEST(PlanSecrets, OneThatIsMissingIsMadeBesideTheOther) {
  SystemRandom random;
  auto existing = kAll;
  existing.erase("berth-first-admin");
  const auto plan = plan_secrets(existing, kAdmin, random);
  ASSERT_TRUE(plan);
  EXPECT_EQ(made(*plan), std::vector<std::string>{"berth-first-admin"});
  EXPECT_EQ(plan->keep, std::vector<std::string>{"berth-database"});
}

TEST(PlanSecrets, OneThatLacksAKeyIsNobodysToGuess) {
  SystemRandom random;
  auto existing = kAll;
  existing["berth-database"].erase("portal");
  const auto plan = plan_secrets(existing, kAdmin, random);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message,
            "the Secret berth-database is there and has no key \"portal\": add it, or delete the Secret to "
            "have it made anew");
}

TEST(PlanSecrets, AnAdminHasAnAddress) {
  SystemRandom random;
  for (const auto* email : {"", "root", "@example.org", "root@", "a b@example.org", "root@example.org\n"})
    EXPECT_FALSE(plan_secrets({}, email, random)) << email;
  EXPECT_FALSE(plan_secrets({}, std::string(250, 'a') + "@b.cd", random));
}

}  // namespace
}  // namespace berth::install
