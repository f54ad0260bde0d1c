// The lifecycle of a reservation is told twice: as a table in C++, and as rows that a trigger holds every
// change to.
#include "model/lifecycle.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

using model::ReservationEvent;

TEST_F(StoreTest, TheDatabaseAllowsTheTransitionsOfTheModelAndNoOthers) {
  std::set<std::pair<std::string, std::string>> of_model;
  for (const auto from : model::kReservationStates) {
    for (const auto event : {ReservationEvent::kSessionBegun, ReservationEvent::kCanceledByUser,
                             ReservationEvent::kDeadlinePassed, ReservationEvent::kSessionGone,
                             ReservationEvent::kSessionFailed}) {
      if (const auto to = model::after(from, event))
        of_model.emplace(model::to_string(from), model::to_string(*to));
    }
  }
  std::set<std::pair<std::string, std::string>> of_database;
  for (const auto& row : sql("SELECT from_state, to_state FROM berth.reservation_transition")) {
    of_database.emplace(row.get<std::string>("from_state"), row.get<std::string>("to_state"));
  }
  EXPECT_EQ(of_database, of_model);
}

}  // namespace
}  // namespace berth::store
