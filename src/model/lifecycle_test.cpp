#include "model/lifecycle.hpp"

#include <gtest/gtest.h>

namespace berth::model {
namespace {

TEST(Lifecycle, TerminalStatesHaveNoWayOut) {
  for (const auto state :
       {ReservationState::kCompleted, ReservationState::kCanceled, ReservationState::kFailed}) {
    EXPECT_FALSE(is_live(state));
    for (const auto event :
         {ReservationEvent::kSessionBegun, ReservationEvent::kCanceledByUser, ReservationEvent::kSessionGone,
          ReservationEvent::kSessionFailed, ReservationEvent::kDeadlinePassed}) {
      EXPECT_EQ(after(state, event), std::nullopt) << to_string(state);
    }
  }
}

TEST(Lifecycle, AnActiveReservationEndsOnlyWhenItsSessionIsGone) {
  EXPECT_EQ(after(ReservationState::kActive, ReservationEvent::kSessionGone), ReservationState::kCompleted);
  EXPECT_EQ(after(ReservationState::kActive, ReservationEvent::kCanceledByUser), std::nullopt);
  EXPECT_EQ(after(ReservationState::kActive, ReservationEvent::kSessionFailed), ReservationState::kFailed);
}

TEST(Lifecycle, EveryNameReadsBack) {
  for (const auto state : kReservationStates) EXPECT_EQ(parse_reservation_state(to_string(state)), state);
  for (const auto step : kSteps) EXPECT_EQ(parse_step_name(to_string(step)), step);
  EXPECT_EQ(parse_mode("interactive_ml"), Mode::kInteractiveMl);
  EXPECT_EQ(parse_mode("gpu"), std::nullopt);
}

}  // namespace
}  // namespace berth::model
