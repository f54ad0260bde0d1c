#include "portal/sign_in_guard.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace berth::portal {
namespace {

constexpr SignInGuard::Steady::time_point kStart{std::chrono::hours(1)};

void fail_often(SignInGuard& guard, const std::string& account, const std::string& peer, int times) {
  for (int i = 0; i < times; ++i) guard.failed(account, peer, kStart);
}

TEST(SignInGuard, RefusesAfterTooManyFailuresAndSaysForHowLong) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow - 1);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart));
  fail_often(guard, "ana", "192.0.2.1", 1);
  const auto refused = guard.admit("ana", "192.0.2.1", kStart + std::chrono::seconds(15));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  EXPECT_EQ(refused.error().retry_after_seconds, 45);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart + SignInGuard::kWindow));
}

TEST(SignInGuard, CountsEachAccountAndAddressForItself) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.2", kStart)) << "whoever guesses elsewhere does not lock ana out";
  EXPECT_TRUE(guard.admit("ben", "192.0.2.1", kStart));
}

TEST(SignInGuard, ForgetsFailuresAfterASuccess) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow);
  guard.succeeded("ana", "192.0.2.1");
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart));
}

TEST(SignInGuard, HashesOnlySoManyAtOnce) {
  SignInGuard guard;
  std::vector<SignInGuard::Hashing> running;
  for (int i = 0; i < SignInGuard::kHashesAtOnce; ++i) {
    auto one = guard.begin_hashing();
    ASSERT_TRUE(one);
    running.push_back(std::move(*one));
  }
  const auto refused = guard.begin_hashing(std::chrono::milliseconds(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  running.pop_back();
  EXPECT_TRUE(guard.begin_hashing());
}

}  // namespace
}  // namespace berth::portal
