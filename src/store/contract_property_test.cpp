// The same calls at the same times, of chance, on PostgreSQL and on the twin: each answer is compared, and
// after each call every row and all that the reconciler reads.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/contract_test_calls.hpp"

namespace berth::store {
namespace {

// So that short stories have something to be about: a booking of now and its session; or bookings where three
// slices for the time of both halves have room only once one of the two halves moves.
const std::vector<Call> kRunning{{0, 1, 0, 4}, {7, 0, 1, 1}};
const std::vector<Call> kCrowded{{0, 1, 0, 1}, {0, 1, 12, 1}, {0, 1, 12, 1}, {2, 1, 0, 0}, {0, 1, 5, 3}};

TEST(ControlProperty, WhateverIsCalledInWhateverOrderBothAnswerAndKeepTheSame) {
  const auto world = postgres_world();
  world->put_cluster(lab_cluster());
  world->put_cluster(elsewhere());
  const auto pool = world->put_pool(two_layouts_pool());
  const std::vector<model::UserId> users{world->put_user("user0@example.org"),
                                         world->put_user("user1@example.org")};
  Seen seen;
  int cases = 0;
  // Of any size from the first case on; only how many calls there are grows.
  const auto number = rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 1000));
  const auto calls = rc::gen::scale(
      0.3, rc::gen::container<std::vector<Call>>(rc::gen::tuple(number, number, number, number)));
  const bool held = rc::check("both answer and keep the same", [&] {
    ++cases;
    world->renew();
    Both both(*world, pool, users, seen);
    const auto story = *calls;
    const bool bookings_alone = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 3)) == 0;
    const auto make = [&](const Call& call) {
      const auto found = both.make(call);
      if (!found.empty()) RC_FAIL(fmt::format("differs:{}", found));
    };
    for (const auto& call : bookings_alone ? kCrowded : kRunning) make(call);
    for (auto call : story) {
      if (bookings_alone) std::get<0>(call) %= kOfThePortal;
      make(call);
    }
  });
  EXPECT_TRUE(held);
  fmt::print(
      "{} cases: {} begun, {} finished, {} bookings refused, {} that made others move, {} sessions moved, {} "
      "stale\n",
      cases, seen.begun, seen.finished, seen.refused, seen.rearranged, seen.moved, seen.stale);
  if (held && cases >= 100) {
    for (const int often : {seen.begun, seen.finished, seen.refused, seen.rearranged, seen.moved, seen.stale})
      EXPECT_GT(often, 0) << "nothing of the kind was compared";
  }
}

}  // namespace
}  // namespace berth::store
