#include "portal/sign_in_limits.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace berth::portal {
namespace {

using std::chrono::seconds;
using Limits = SignInLimits;

constexpr Limits::Steady::time_point kStart{std::chrono::hours(1)};
constexpr auto kHere = "192.0.2.1";

void fail_often(Limits& limits, const std::string& account, const std::string& address, int times) {
  for (int i = 0; i < times; ++i) limits.failed(account, address, kStart);
}

/// One failure at each of so many accounts.
void fail_everywhere(Limits& limits, const std::string& address, int accounts) {
  for (int i = 0; i < accounts; ++i) limits.failed(fmt::format("account {}", i), address, kStart);
}

/// One failure from each of so many addresses.
void fail_from_everywhere(Limits& limits, const std::string& account, int addresses) {
  for (int i = 0; i < addresses; ++i) limits.failed(account, fmt::format("address {}", i), kStart);
}

/// When somebody who comes back as they are told to is let in.
seconds let_in_after(Limits& limits, const std::string& account, const std::string& address) {
  seconds waited{0};
  for (int i = 0; i < 10; ++i) {
    const auto admitted = limits.admit(account, address, kStart + waited);
    if (admitted) return waited;
    waited += seconds(admitted.error().error.retry_after_seconds);
  }
  return seconds(-1);
}

TEST(SignInLimits, OneAccountFromOneAddressWaitsOutItsMinute) {
  Limits limits;
  fail_often(limits, "ana", kHere, Limits::kTriesPerPair - 1);
  EXPECT_TRUE(limits.admit("ana", kHere, kStart));
  fail_often(limits, "ana", kHere, 1);
  const auto refused = limits.admit("ana", kHere, kStart + seconds(15));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::kTooMany);
  EXPECT_EQ(refused.error().error.retry_after_seconds, 45);
  EXPECT_TRUE(limits.admit("ana", kHere, kStart + Limits::kWindow));
  EXPECT_TRUE(limits.admit("ana", "192.0.2.2", kStart)) << "whoever guesses elsewhere does not lock ana out";
  EXPECT_TRUE(limits.admit("ben", kHere, kStart)) << "nor ben, beside whom it is done";
}

TEST(SignInLimits, ManyGuessesFromOneAddressMakeOthersThereWaitAndLockNobodyOut) {
  Limits limits;
  fail_everywhere(limits, kHere, Limits::kTriesPerAddress - 1);
  EXPECT_TRUE(limits.admit("one more", kHere, kStart));
  fail_often(limits, "one more", kHere, 1);
  EXPECT_EQ(let_in_after(limits, "ben", kHere), Limits::kTurnOfAddress);
  EXPECT_EQ(let_in_after(limits, "tom", kHere), 2 * Limits::kTurnOfAddress) << "one after the other";
  for (int i = 0; i < 500; ++i) limits.admit(fmt::format("guessed {}", i), kHere, kStart).has_value();
  EXPECT_EQ(let_in_after(limits, "eve", kHere), Limits::kLongestTurn) << "however many stand in line";
  EXPECT_TRUE(limits.admit("never tried", "192.0.2.2", kStart)) << "elsewhere nobody waits";
}

/// How often so many addresses get to try in a minute, each coming every second.
int tries_in_a_minute(int addresses) {
  Limits limits;
  fail_from_everywhere(limits, "admin", Limits::kTriesPerAccount);
  int tried = 0;
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < addresses; ++i) {
      const auto address = fmt::format("fresh {}", i);
      if (!limits.admit("admin", address, kStart + seconds(second))) continue;
      limits.failed("admin", address, kStart + seconds(second));
      ++tried;
    }
  }
  return tried;
}

TEST(SignInLimits, GuessesAtOneAccountFromManyAddressesComeInTurn) {
  EXPECT_LE(tries_in_a_minute(4), 60 / Limits::kTurnOfAccount.count()) << "however many they are";
  EXPECT_GE(tries_in_a_minute(4), 15);
  EXPECT_LE(tries_in_a_minute(100), 100 * (60 / Limits::kLongestTurn.count() + 1)) << "where it was 100 x 10";
  Limits fresh;
  fail_from_everywhere(fresh, "admin", 1'000);
  EXPECT_EQ(let_in_after(fresh, "admin", "192.0.2.200"), Limits::kTurnOfAccount) << "a delay, no lockout";
}

TEST(SignInLimits, ATurnIsUsedUpAndComingEarlyDoesNotPutItOff) {
  Limits limits;
  fail_from_everywhere(limits, "admin", Limits::kTriesPerAccount);
  EXPECT_FALSE(limits.admit("admin", kHere, kStart));
  const auto early = limits.admit("admin", kHere, kStart + seconds(1));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().error.retry_after_seconds, 2);
  EXPECT_TRUE(limits.admit("admin", kHere, kStart + Limits::kTurnOfAccount));
  EXPECT_FALSE(limits.admit("admin", kHere, kStart + Limits::kTurnOfAccount)) << "one try for one wait";
}

TEST(SignInLimits, WhereOneSignedInBeforeOthersGuessesMakeNobodyWait) {
  Limits limits;
  limits.succeeded("ana", kHere, kStart);
  fail_from_everywhere(limits, "ana", 1'000);
  fail_everywhere(limits, kHere, 1'000);
  EXPECT_TRUE(limits.admit("ana", kHere, kStart));
  EXPECT_FALSE(limits.admit("ana", "192.0.2.2", kStart));
  EXPECT_FALSE(limits.admit("ben", kHere, kStart));
  EXPECT_FALSE(limits.admit("account 1", kHere, kStart)) << "a password of one's own opens no others";
  fail_often(limits, "ana", kHere, Limits::kTriesPerPair);
  EXPECT_FALSE(limits.admit("ana", kHere, kStart)) << "being known is no leave to guess";
}

TEST(SignInLimits, WhoeverHammersWithTheRightPasswordWaitsAlone) {
  Limits limits;
  for (int i = 0; i < Limits::kSignInsPerAccount; ++i)
    limits.succeeded("ana", fmt::format("address {}", i % 7), kStart);
  const auto refused = limits.admit("ana", "address 1", kStart + seconds(20));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.retry_after_seconds, 40);
  EXPECT_TRUE(limits.admit("ben", "address 1", kStart));
  EXPECT_TRUE(limits.admit("ana", "address 1", kStart + Limits::kWindow));
}

TEST(SignInLimits, TellTheFirstRefusalOfAWindowFromTheOthers) {
  Limits limits;
  const auto first = [&](const std::string& account, seconds later) {
    const auto refused = limits.admit(account, kHere, kStart + later);
    return !refused && refused.error().first;
  };
  fail_often(limits, "ana", kHere, Limits::kTriesPerPair);
  EXPECT_TRUE(first("ana", seconds(1)));
  EXPECT_FALSE(first("ana", seconds(2)));
  fail_everywhere(limits, kHere, Limits::kTriesPerAddress);
  EXPECT_TRUE(first("ben", seconds(3)));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(first(fmt::format("account {}", i), seconds(4)));
}

TEST(SignInLimits, RememberOnlySoMuch) {
  Limits limits;
  fail_often(limits, "ana", kHere, Limits::kTriesPerPair);
  for (std::size_t i = 0; i < Limits::kMaxRemembered; ++i)
    limits.failed("ben", fmt::format("address {}", i), kStart);
  EXPECT_TRUE(limits.admit("ana", kHere, kStart)) << "forgotten: memory is bounded";
}

TEST(SignInLimits, ForgetFailuresAfterASuccess) {
  Limits limits;
  fail_often(limits, "ana", kHere, Limits::kTriesPerPair);
  limits.succeeded("ana", kHere, kStart);
  EXPECT_TRUE(limits.admit("ana", kHere, kStart));
}

TEST(ForwardingWatch, TellsOnceThatEverybodyComesThroughOneRouter) {
  ForwardingWatch watch;
  const auto notices = [&](int times, const std::string& peer, bool forwarded, int accounts) {
    int told = 0;
    for (int i = 0; i < times; ++i)
      told += watch.notice(fmt::format("account {}", i % accounts), peer, forwarded) ? 1 : 0;
    return told;
  };
  EXPECT_EQ(notices(100, "10.0.0.1", false, 3), 0) << "nobody stands between";
  EXPECT_EQ(notices(100, "10.0.0.1", true, 1), 0) << "one person, who may write what they like into a header";
  EXPECT_EQ(notices(1, "10.0.0.2", true, 2) + notices(4, "10.0.0.1", true, 2), 0)
      << "two addresses are told apart";
  EXPECT_EQ(notices(100, "10.0.0.1", true, 2), 1);
  EXPECT_EQ(notices(100, "10.0.0.1", true, 2), 0) << "once";
}

}  // namespace
}  // namespace berth::portal
