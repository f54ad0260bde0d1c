#include "kube/lease.hpp"

#include <gtest/gtest.h>

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

const SteadyTime kSeenAt = SteadyTime{} + 1000s;
const Instant kWall = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h;
const LeaseRecord kAdas{.holder = "ada",
                        .duration_seconds = 15,
                        .acquire_time = "2026-01-02T02:00:00.000000Z",
                        .renew_time = "2026-01-02T02:59:59.000000Z",
                        .transitions = 4};

TEST(Lease, IsWaitedForAsLongAsItsHolderPromised) {
  const Sighting seen{.record = kAdas, .at = kSeenAt};
  EXPECT_EQ(decide(seen, "bob", kSeenAt), Claim::kWait);
  EXPECT_EQ(decide(seen, "bob", kSeenAt + 15s - 1ns), Claim::kWait);
  EXPECT_EQ(decide(seen, "bob", kSeenAt + 15s), Claim::kTake);
}

TEST(Lease, IsRenewedByItsHolderAndTakenWhenGivenBack) {
  EXPECT_EQ(decide({.record = kAdas, .at = kSeenAt}, "ada", kSeenAt + 1h), Claim::kRenew);
  EXPECT_EQ(decide({.record = given_back(kAdas, kWall), .at = kSeenAt}, "bob", kSeenAt), Claim::kTake);
  EXPECT_EQ(decide({.record = {}, .at = kSeenAt}, "bob", kSeenAt), Claim::kTake);
}

TEST(Lease, TimesInsideItAreNeverComparedWithOurClock) {
  auto from_the_future = kAdas;
  from_the_future.renew_time = "2999-01-01T00:00:00.000000Z";
  EXPECT_EQ(decide({.record = from_the_future, .at = kSeenAt}, "bob", kSeenAt + 16s), Claim::kTake);
}

TEST(Lease, EachRenewalSeenStartsTheWaitAgain) {
  const auto first = look({}, kAdas, kSeenAt);
  EXPECT_EQ(first.at, kSeenAt);
  EXPECT_EQ(look(first, kAdas, kSeenAt + 5s).at, kSeenAt);
  auto renewed = kAdas;
  renewed.renew_time = "2026-01-02T03:00:01.000000Z";
  EXPECT_EQ(look(first, renewed, kSeenAt + 5s).at, kSeenAt + 5s);
}

TEST(Lease, ABrokenDurationLocksNobodyOut) {
  auto broken = kAdas;
  broken.duration_seconds = -5;
  EXPECT_EQ(decide({.record = broken, .at = kSeenAt}, "bob", kSeenAt), Claim::kTake);
  broken.duration_seconds = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(decide({.record = broken, .at = kSeenAt}, "bob", kSeenAt + 48h), Claim::kTake);
}

TEST(Lease, TakingCountsATransitionAndRenewingDoesNot) {
  const auto renewed = claimed(kAdas, Claim::kRenew, "ada", 15, kWall);
  EXPECT_EQ(renewed.transitions, 4);
  EXPECT_EQ(renewed.acquire_time, kAdas.acquire_time);
  EXPECT_EQ(renewed.renew_time, "2026-01-02T03:00:00.000000Z");
  const auto taken = claimed(kAdas, Claim::kTake, "bob", 20, kWall);
  EXPECT_EQ(taken, (LeaseRecord{.holder = "bob",
                                .duration_seconds = 20,
                                .acquire_time = "2026-01-02T03:00:00.000000Z",
                                .renew_time = "2026-01-02T03:00:00.000000Z",
                                .transitions = 5}));
}

TEST(Lease, WritingKeepsWhatElseTheObjectHolds) {
  json::value lease{{"metadata", {{"name", "leader"}, {"resourceVersion", "7"}}},
                    {"spec", {{"strategy", "x"}}}};
  write_lease(lease, kAdas);
  EXPECT_EQ(read_lease(lease), kAdas);
  EXPECT_EQ(string_at(lease, {"spec", "strategy"}), "x");
  EXPECT_EQ(string_at(lease, {"metadata", "resourceVersion"}), "7");
}

TEST(MicroTime, AlwaysHasSixDigits) {
  EXPECT_EQ(format_micro_time(kWall), "2026-01-02T03:00:00.000000Z");
  EXPECT_EQ(format_micro_time(kWall + 12us), "2026-01-02T03:00:00.000012Z");
}

}  // namespace
}  // namespace berth::kube
