#include "portal/database_gate.hpp"

#include <gtest/gtest.h>

namespace berth::portal {
namespace {

using Steady = DatabaseGate::Steady;
constexpr Steady::time_point kStart{std::chrono::hours(1)};

TEST(DatabaseGate, LetsEveryoneThroughWhileTheDatabaseAnswers) {
  DatabaseGate gate;
  const auto first = gate.enter(kStart);
  const auto second = gate.enter(kStart);
  ASSERT_TRUE(first && second);
  gate.leave(*first, false, kStart);
  EXPECT_TRUE(gate.enter(kStart));
}

TEST(DatabaseGate, IsShutByOneThatHungAndOpenedByOneThatLooks) {
  DatabaseGate gate;
  const auto hung = gate.enter(kStart);
  gate.leave(*hung, true, kStart);
  EXPECT_FALSE(gate.enter(kStart));

  const auto later = kStart + DatabaseGate::kLookAgainAfter;
  const auto looks = gate.enter(later);
  ASSERT_TRUE(looks);
  EXPECT_FALSE(gate.enter(later)) << "one looks at a time";
  gate.leave(*looks, true, later);
  EXPECT_FALSE(gate.enter(later));

  const auto again = gate.enter(later + DatabaseGate::kLookAgainAfter);
  ASSERT_TRUE(again);
  gate.leave(*again, false, later);
  EXPECT_TRUE(gate.enter(later));
}

TEST(DatabaseGate, WhoWasThroughBeforeItShutDoesNotOpenIt) {
  DatabaseGate gate;
  const auto early = gate.enter(kStart);
  const auto hung = gate.enter(kStart);
  gate.leave(*hung, true, kStart);
  gate.leave(*early, false, kStart);  // its answer may have come before the database hung
  EXPECT_FALSE(gate.enter(kStart));
}

}  // namespace
}  // namespace berth::portal
