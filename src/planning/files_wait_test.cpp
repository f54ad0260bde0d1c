// When a session is not begun yet because its owner's session before it has the files that it is to have.
#include <gtest/gtest.h>

#include "planning/situation_for_test.hpp"

namespace berth::planning {
namespace {

using namespace std::chrono_literals;

class FilesOfTheSessionBefore : public testing::Test {
 protected:
  FilesOfTheSessionBefore() {
    it_.up();
    it_.wanted().home = Home{.id = "home-1", .volume = "pv-1", .size = Gib{20}};
    it_.wanted().booked.homes.days = 14;
    it_.wanted().booked.reservation.end_requested_at = it_.desired.now;
    it_.due();
    next().booked.reservation.id = model::ReservationId{"another"};
    next().booked.reservation.window.start = it_.desired.now;
    next().booked.homes.days = 14;
  }

  Due& next() { return it_.desired.due.front(); }
  /// Why the next one is not begun; empty: it is.
  std::string waits() const {
    for (const auto& idle : plan(it_.desired, it_.observed).idle) {
      if (idle.reservation == it_.desired.due.front().booked.reservation.id) return idle.why.reason;
    }
    return "";
  }

  Situation it_;
};

TEST_F(FilesOfTheSessionBefore, AreWaitedForWhileItEnds) {
  EXPECT_EQ(waits(), model::waiting_for_files().reason);
  it_.wanted().session.phase = model::SessionPhase::kStopping;
  it_.wanted().session.stopping_at = it_.desired.now;
  EXPECT_EQ(waits(), model::waiting_for_files().reason);
}

TEST_F(FilesOfTheSessionBefore, AreNotWaitedForForEver) {
  it_.wanted().session.phase = model::SessionPhase::kStopping;
  it_.wanted().session.stopping_at = it_.desired.now - kFilesPatience;
  EXPECT_EQ(waits(), "") << "it does not go";
  it_.wanted().session.stopping_at = it_.desired.now;
  next().booked.reservation.window.start = it_.desired.now - kFilesPatience;
  EXPECT_EQ(waits(), "") << "whoever booked has waited long enough";
  next().booked.reservation.window.start = it_.desired.now - 1min;
  EXPECT_NE(waits(), "");
  next().booked.start_deadline = 2min;
  EXPECT_EQ(waits(), "") << "half of what it has is over";
}

TEST_F(FilesOfTheSessionBefore, AreThoseThatItIsToHave) {
  const auto all = it_;
  it_.wanted().home.reset();
  EXPECT_EQ(waits(), "") << "none are kept";
  it_ = all;
  it_.wanted().booked.reservation.end_requested_at.reset();
  EXPECT_EQ(waits(), "") << "the other goes on";
  it_ = all;
  it_.wanted().booked.reservation.owner = model::UserId{"ben"};
  EXPECT_EQ(waits(), "") << "they are somebody else's";
  it_ = all;
  it_.wanted().booked.reservation.pool = model::PoolId{77};
  EXPECT_EQ(waits(), "") << "they are another pool's";
  it_ = all;
  next().booked.homes.days = 0;
  EXPECT_EQ(waits(), "") << "the pool keeps none any more";
}

}  // namespace
}  // namespace berth::planning
