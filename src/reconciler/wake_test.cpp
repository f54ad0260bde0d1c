#include "reconciler/wake.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

TEST(Wake, ManyNewsAreOneLook) {
  Wake wake;
  for (int i = 0; i < 1000; ++i) wake.raise();
  EXPECT_TRUE(wake.wait_until(Steady::now(), {}));
  EXPECT_FALSE(wake.wait_until(Steady::now(), {})) << "the flag was lowered";
}

TEST(Wake, NewsEndAWaitFromAnyThread) {
  Wake wake;
  const std::jthread other([&] { wake.raise(); });
  const auto began = Steady::now();
  EXPECT_TRUE(wake.wait_until(began + 1h, {}));
  EXPECT_LT(Steady::now() - began, 1min);
}

TEST(Wake, NewsDuringALookAreNotLost) {
  Wake wake;
  wake.raise();
  ASSERT_TRUE(wake.wait_until(Steady::now() + 1h, {}));
  wake.raise();  // while the cycle runs
  EXPECT_TRUE(wake.wait_until(Steady::now(), {}));
}

TEST(Wake, IsRaisedLaterOnceHoweverOftenItIsAsked) {
  Wake wake;
  const auto began = Steady::now();
  wake.raise_at(began + 1h);
  wake.raise_at(began + 50ms);
  wake.raise_at(began + 2h);
  EXPECT_TRUE(wake.wait_until(began + 1min, {}));
  EXPECT_GE(Steady::now() - began, 50ms);
  EXPECT_LT(Steady::now() - began, 1min);
  EXPECT_FALSE(wake.wait_until(Steady::now(), {}));
}

TEST(Wake, ATimeThatIsSoonerThanThoughtEndsAWait) {
  Wake wake;
  const std::jthread other([&] { wake.raise_at(Steady::now()); });
  const auto began = Steady::now();
  EXPECT_TRUE(wake.wait_until(began + 1h, {}));
  EXPECT_LT(Steady::now() - began, 1min);
}

TEST(Wake, AStopEndsAWait) {
  Wake wake;
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  EXPECT_FALSE(wake.wait_until(Steady::now() + 1h, stop.get_token()));
}

}  // namespace
}  // namespace berth::reconciler
