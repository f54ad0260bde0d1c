#include "kube/retry.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

const RetryRules kRules;

Exchange answer(int status, std::optional<int> retry_after = {}) {
  return HttpResponse{.status = status, .retry_after_seconds = retry_after};
}
Exchange broken(bool never_sent, bool may_pass) {
  return tl::unexpected(TransportError{.error = {}, .never_sent = never_sent, .may_pass = may_pass});
}
constexpr Attempt kRead{.number = 1, .idempotent = true};
constexpr Attempt kCreate{.number = 1, .idempotent = false};

TEST(Retry, HonoursRetryAfter) {
  EXPECT_EQ(wait_before_retry(kRules, kRead, answer(429, 3)), 3s);
  EXPECT_EQ(wait_before_retry(kRules, kCreate, answer(429, 3)), 3s) << "a throttled request was not acted on";
  EXPECT_EQ(wait_before_retry(kRules, kCreate, answer(500, 1)), 1s);
  EXPECT_EQ(wait_before_retry(kRules, kRead, answer(503, 0)), kRules.first_wait) << "never at once";
}

TEST(Retry, GivesUpRatherThanComeBackEarly) {
  EXPECT_EQ(wait_before_retry(kRules, kRead, answer(429, 3600)), std::nullopt);
}

TEST(Retry, RepeatsOnlyWhatIsHarmless) {
  EXPECT_TRUE(wait_before_retry(kRules, kRead, answer(503)));
  EXPECT_TRUE(wait_before_retry(kRules, kRead, answer(504)));
  EXPECT_FALSE(wait_before_retry(kRules, kCreate, answer(503)));
  EXPECT_TRUE(wait_before_retry(kRules, kCreate, answer(429)));
  EXPECT_TRUE(wait_before_retry(kRules, kRead, broken(false, true)));
  EXPECT_FALSE(wait_before_retry(kRules, kCreate, broken(false, true)));
  EXPECT_TRUE(wait_before_retry(kRules, kCreate, broken(true, true)));
  EXPECT_FALSE(wait_before_retry(kRules, kRead, broken(true, false))) << "a bad certificate stays bad";
}

TEST(Retry, TakesARefusalForAnAnswer) {
  for (const int status : {400, 401, 403, 404, 409, 410, 422, 500}) {
    EXPECT_FALSE(wait_before_retry(kRules, kRead, answer(status))) << status;
  }
}

TEST(Retry, EndsAfterItsTries) {
  EXPECT_TRUE(wait_before_retry(kRules, {.number = kRules.max_tries - 1, .idempotent = true}, answer(503)));
  EXPECT_FALSE(wait_before_retry(kRules, {.number = kRules.max_tries, .idempotent = true}, answer(503)));
}

TEST(Retry, WaitsLongerEachTime) {
  auto last = 0ms;
  RetryRules many = kRules;
  many.max_tries = 1000;
  for (int number = 1; number < 100; ++number) {
    const auto wait = wait_before_retry(many, {.number = number, .idempotent = true}, answer(503));
    ASSERT_TRUE(wait);
    EXPECT_GE(*wait, last);
    EXPECT_LE(*wait, many.most_wait);
    last = *wait;
  }
  EXPECT_EQ(last, many.most_wait);
}

TEST(Backoff, DoublesToItsMostAndStartsOverAfterHealth) {
  Backoff backoff({.first = 800ms, .most = 30s, .healthy_after = 120s}, 1);
  SteadyTime now{};
  for (const auto base : {800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms}) {
    const auto wait = backoff.next(now);
    EXPECT_GE(wait, base);
    EXPECT_LE(wait, base + base / 2);
    now += wait;
  }
  now += 120s;
  EXPECT_LE(backoff.next(now), 1200ms);
}

TEST(Sleep, EndsWithTheStop) {
  std::stop_source source;
  const auto began = std::chrono::steady_clock::now();
  std::jthread sleeper([&] { EXPECT_FALSE(sleep_for(1h, source.get_token())); });
  source.request_stop();
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_TRUE(sleep_for(1ms, {}));
}

}  // namespace
}  // namespace berth::kube
