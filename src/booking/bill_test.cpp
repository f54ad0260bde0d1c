#include "booking/bill.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::booking {
namespace {

using model::ReservationState;

const Instant kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
Instant at(int minute) {
  return kStart + minutes(minute);
}
constexpr std::int64_t kMinute = 2 * 600'000;  // two units, 36 an hour

struct Moment {
  std::string what;
  ReservationState state;
  std::optional<int> end_requested;
  std::optional<int> held_until;  // its claims', from its start
  int now;
  std::optional<int> ended_at;
  int until;
  int minutes_so_far;
  int minutes_in_the_end;
};

// Booked for an hour. An end that is asked for leaves ten minutes for cleaning.
const std::vector<Moment> kMoments{
    {"before it begins", ReservationState::kApproved, {}, 60, -30, {}, 60, 0, 60},
    {"its start has come, the session not", ReservationState::kApproved, {}, 60, 5, {}, 60, 5, 60},
    {"running", ReservationState::kActive, {}, 60, 20, {}, 60, 20, 60},
    {"asked to end just now", ReservationState::kActive, 20, 30, 20, {}, 30, 20, 20},
    {"ending", ReservationState::kActive, 20, 30, 23, {}, 30, 23, 23},
    {"ending, and the cleaning takes longer than it may",
     ReservationState::kActive,
     20,
     30,
     45,
     {},
     30,
     30,
     30},
    {"ended early", ReservationState::kCompleted, 20, 23, 23, 23, 23, 23, 23},
    {"ended early, later", ReservationState::kCompleted, 20, 23, 500, 23, 23, 23, 23},
    {"asked to end in its last minutes", ReservationState::kActive, 55, 60, 58, {}, 60, 58, 58},
    {"its end has come, the session is there", ReservationState::kActive, {}, 60, 61, {}, 60, 60, 60},
    {"ended at its end", ReservationState::kCompleted, {}, 60, 62, 60, 60, 60, 60},
    {"failed, its session is still there", ReservationState::kFailed, {}, 60, 15, {}, 60, 15, 15},
    {"failed and away", ReservationState::kFailed, {}, 17, 90, 17, 17, 17, 17},
    {"canceled before it began", ReservationState::kCanceled, {}, {}, 5, {}, 60, 0, 0},
};

TEST(Bill, SaysTheSameOfEndAndCostAtEachMoment) {
  for (const auto& moment : kMoments) {
    SCOPED_TRACE(moment.what);
    model::Reservation one;
    one.window = {at(0), at(60)};
    one.units = 2;
    one.rate = MoneyMicros{36'000'000};
    one.state = moment.state;
    if (moment.end_requested) one.end_requested_at = at(*moment.end_requested);
    const auto held = moment.held_until ? std::optional(Window{at(0), at(*moment.held_until)}) : std::nullopt;
    const auto said = bill(one, held, at(moment.now));
    EXPECT_EQ(said.ended_at, moment.ended_at ? std::optional(at(*moment.ended_at)) : std::nullopt);
    EXPECT_EQ(said.until, at(moment.until));
    EXPECT_EQ(said.so_far.value, moment.minutes_so_far * kMinute);
    EXPECT_EQ(said.cost.value, moment.minutes_in_the_end * kMinute);
    EXPECT_LE(said.so_far.value, said.cost.value);
  }
}

}  // namespace
}  // namespace berth::booking
