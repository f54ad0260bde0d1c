#include "portal/sign_in_guard.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "portal/test_client.hpp"

namespace berth::portal {
namespace {

std::vector<SignInGuard::Hashing> all_slots(SignInGuard& guard) {
  std::vector<SignInGuard::Hashing> running;
  for (std::size_t i = 0; i < SignInGuard::kHashesAtOnce; ++i) {
    auto one = guard.begin_hashing("eve", "there");
    if (one) running.push_back(std::move(*one));
  }
  return running;
}

TEST(SignInGuard, HashesOnlySoManyAtOnce) {
  SignInGuard guard;
  auto running = all_slots(guard);
  ASSERT_EQ(running.size(), SignInGuard::kHashesAtOnce);
  const auto refused = guard.begin_hashing("ana", "here", std::chrono::milliseconds(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  EXPECT_EQ(refused.error().retry_after_seconds, 1);
  running.pop_back();
  EXPECT_TRUE(guard.begin_hashing("ana", "here"));
}

class Crowd {
 public:
  explicit Crowd(SignInGuard& guard) {
    for (std::size_t i = 0; i < SignInGuard::kMostWaiting; ++i) {
      waiting_.push_back(std::async(std::launch::async, [&guard] {
        return guard.begin_hashing("eve", "there", kPatience).has_value();
      }));
    }
  }
  int let_in() {
    int count = 0;
    for (auto& one : waiting_) count += one.get() ? 1 : 0;
    return count;
  }

 private:
  std::vector<std::future<bool>> waiting_;
};

TEST(SignInGuard, RefusesAtOnceWhenEnoughWaitAlready) {
  SignInGuard guard;
  auto running = all_slots(guard);
  Crowd crowd(guard);
  ASSERT_TRUE(eventually([&] { return guard.waiting() == SignInGuard::kMostWaiting; }));
  const auto begun = SignInGuard::Steady::now();
  const auto refused = guard.begin_hashing("eve", "there", kPatience);
  EXPECT_LT(SignInGuard::Steady::now() - begun, kPatience / 2) << "it did not wait";
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooMany);
  EXPECT_EQ(refused.error().retry_after_seconds, 1);
  running.clear();
  EXPECT_EQ(crowd.let_in(), 2) << "those who waited get their turn";
  EXPECT_EQ(guard.waiting(), 0U);
}

TEST(SignInGuard, OneOfACrowdMakesRoomForSomebodyElseAndIsToldAtOnce) {
  SignInGuard guard;
  auto running = all_slots(guard);
  Crowd crowd(guard);
  ASSERT_TRUE(eventually([&] { return guard.waiting() == SignInGuard::kMostWaiting; }));
  auto ana = std::async(std::launch::async,
                        [&guard] { return guard.begin_hashing("ana", "there", kPatience).has_value(); });
  ASSERT_TRUE(eventually([&] {
    return ana.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
           guard.waiting() == SignInGuard::kMostWaiting;
  }));
  running.clear();
  EXPECT_TRUE(ana.get());
  EXPECT_GE(crowd.let_in(), 1);
}

TEST(SignInGuard, WhoSignedInFromHereBeforeGoesBeforeStrangers) {
  SignInGuard guard;
  guard.succeeded("ben", "here", SignInGuard::Steady::now());
  std::vector<SignInGuard::Hashing> running;
  for (std::size_t i = 0; i < SignInGuard::kHashesAtOnce; ++i) {
    auto one = guard.begin_hashing("any" + std::to_string(i), "of many" + std::to_string(i), kPatience);
    ASSERT_TRUE(one);
    running.push_back(std::move(*one));
  }
  std::vector<std::future<bool>> strangers;
  for (std::size_t i = 0; i < SignInGuard::kMostWaiting; ++i) {
    strangers.push_back(std::async(std::launch::async, [&guard, i] {
      return guard.begin_hashing("other" + std::to_string(i), "place" + std::to_string(i), kPatience)
          .has_value();
    }));
  }
  ASSERT_TRUE(eventually([&] { return guard.waiting() == SignInGuard::kMostWaiting; }));
  auto ben = std::async(std::launch::async,
                        [&guard] { return guard.begin_hashing("ben", "here", kPatience).has_value(); });
  // One stranger is told at once that it has to come again.
  ASSERT_TRUE(eventually([&] {
    return std::ranges::any_of(strangers, [](auto& one) {
      return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
  }));
  running.pop_back();
  EXPECT_TRUE(ben.get());
  running.clear();
  int let_in = 0;
  for (auto& one : strangers) let_in += one.get() ? 1 : 0;
  EXPECT_EQ(let_in, 1);
}

}  // namespace
}  // namespace berth::portal
