#include "portal/sign_in_guard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "portal/test_client.hpp"

namespace berth::portal {
namespace {

constexpr SignInGuard::Steady::time_point kStart{std::chrono::hours(1)};

void fail_often(SignInGuard& guard, const std::string& account, const std::string& peer, int times) {
  for (int i = 0; i < times; ++i) guard.failed(account, peer, kStart);
}

/// One failure at each of so many accounts.
void fail_everywhere(SignInGuard& guard, const std::string& peer, int accounts) {
  for (int i = 0; i < accounts; ++i) guard.failed(fmt::format("account {}", i), peer, kStart);
}

TEST(SignInGuard, RefusesAfterTooManyFailuresAndSaysForHowLong) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow - 1);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart));
  fail_often(guard, "ana", "192.0.2.1", 1);
  const auto refused = guard.admit("ana", "192.0.2.1", kStart + std::chrono::seconds(15));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::kTooMany);
  EXPECT_EQ(refused.error().error.retry_after_seconds, 45);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart + SignInGuard::kWindow));
}

TEST(SignInGuard, CountsEachAccountAndAddressForItself) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.2", kStart)) << "whoever guesses elsewhere does not lock ana out";
  EXPECT_TRUE(guard.admit("ben", "192.0.2.1", kStart));
}

TEST(SignInGuard, RefusesAnAddressThatTriesOneAccountAfterAnother) {
  SignInGuard guard;
  fail_everywhere(guard, "192.0.2.1", SignInGuard::kTriesPerPeer - 1);
  EXPECT_TRUE(guard.admit("one more", "192.0.2.1", kStart));
  guard.failed("one more", "192.0.2.1", kStart);
  const auto refused = guard.admit("never tried", "192.0.2.1", kStart + std::chrono::seconds(20));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.retry_after_seconds, 40);
  EXPECT_TRUE(guard.admit("never tried", "192.0.2.2", kStart)) << "others are not locked out";
  EXPECT_TRUE(guard.admit("never tried", "192.0.2.1", kStart + SignInGuard::kWindow));
}

TEST(SignInGuard, AnAccountOfOnesOwnDoesNotWipeOutTheFailuresAtOthers) {
  SignInGuard guard;
  fail_everywhere(guard, "192.0.2.1", SignInGuard::kTriesPerPeer);
  guard.succeeded("one's own", "192.0.2.1");
  EXPECT_FALSE(guard.admit("account 1", "192.0.2.1", kStart));
}

TEST(SignInGuard, TellsTheFirstRefusalOfAWindowFromTheOthers) {
  SignInGuard guard;
  const auto first = [&](const std::string& account, std::chrono::seconds later) {
    const auto refused = guard.admit(account, "192.0.2.1", kStart + later);
    return !refused && refused.error().first;
  };
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow);
  EXPECT_TRUE(first("ana", std::chrono::seconds(1)));
  EXPECT_FALSE(first("ana", std::chrono::seconds(2)));
  fail_everywhere(guard, "192.0.2.1", SignInGuard::kTriesPerPeer);
  EXPECT_TRUE(first("ben", std::chrono::seconds(3)));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(first(fmt::format("account {}", i), std::chrono::seconds(4)));
  for (int i = 0; i < SignInGuard::kTriesPerPeer; ++i)
    guard.failed("ben", "192.0.2.1", kStart + SignInGuard::kWindow);
  EXPECT_TRUE(first("ben", SignInGuard::kWindow)) << "the next window is told again";
}

TEST(SignInGuard, RemembersOnlySoManyAddresses) {
  SignInGuard guard;
  fail_everywhere(guard, "192.0.2.1", SignInGuard::kTriesPerPeer);
  for (std::size_t i = 0; i < SignInGuard::kMaxRemembered; ++i)
    guard.failed("ana", fmt::format("address {}", i), kStart);
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart)) << "forgotten: memory is bounded";
}

TEST(SignInGuard, ForgetsFailuresAfterASuccess) {
  SignInGuard guard;
  fail_often(guard, "ana", "192.0.2.1", SignInGuard::kTriesPerWindow);
  guard.succeeded("ana", "192.0.2.1");
  EXPECT_TRUE(guard.admit("ana", "192.0.2.1", kStart));
}

std::vector<SignInGuard::Hashing> all_slots(SignInGuard& guard) {
  std::vector<SignInGuard::Hashing> running;
  for (int i = 0; i < SignInGuard::kHashesAtOnce; ++i) {
    auto one = guard.begin_hashing();
    if (one) running.push_back(std::move(*one));
  }
  return running;
}

TEST(SignInGuard, HashesOnlySoManyAtOnce) {
  SignInGuard guard;
  auto running = all_slots(guard);
  ASSERT_EQ(running.size(), static_cast<std::size_t>(SignInGuard::kHashesAtOnce));
  const auto refused = guard.begin_hashing(std::chrono::milliseconds(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  EXPECT_EQ(refused.error().retry_after_seconds, 1);
  running.pop_back();
  EXPECT_TRUE(guard.begin_hashing());
}

TEST(SignInGuard, RefusesAtOnceWhenEnoughWaitAlready) {
  SignInGuard guard;
  auto running = all_slots(guard);
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < SignInGuard::kMostWaiting; ++i) {
    waiting.push_back(
        std::async(std::launch::async, [&] { return guard.begin_hashing(kPatience).has_value(); }));
  }
  ASSERT_TRUE(eventually([&] { return guard.waiting() == SignInGuard::kMostWaiting; }));
  const auto begun = SignInGuard::Steady::now();
  const auto refused = guard.begin_hashing(kPatience);
  EXPECT_LT(SignInGuard::Steady::now() - begun, kPatience / 2) << "it did not wait";
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  EXPECT_EQ(refused.error().retry_after_seconds, 1);
  running.clear();
  for (auto& one : waiting) EXPECT_TRUE(one.get()) << "those who waited get their turn";
  EXPECT_EQ(guard.waiting(), 0);
}

}  // namespace
}  // namespace berth::portal
