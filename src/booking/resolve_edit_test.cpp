#include <gtest/gtest.h>

#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;

const Instant kNow = hour(10.1);

/// Two slices from twelve to fourteen, with their defaults.
model::Reservation booked() {
  model::Reservation out;
  out.id = {"r"};
  out.device_class = kSlice;
  out.units = 2;
  out.load = {{30'000}, {184}, {1'116}};
  out.window = hours_of(12, 14);
  out.name = "before";
  return out;
}

/// The same, begun at a "now" that was not on a step.
model::Reservation running() {
  auto out = booked();
  out.state = model::ReservationState::kActive;
  out.window = {hour(9.2), hour(12)};
  return out;
}

Resolved edited(const model::Reservation& current, const EditRequest& edit, const model::Pool& pool = lab()) {
  auto out = resolve_edit(pool, current, edit, kNow);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  return out.value_or(Resolved{});
}

std::vector<FieldError> faults_of(const model::Reservation& current, const EditRequest& edit,
                                  const model::Pool& pool = lab()) {
  const auto out = resolve_edit(pool, current, edit, kNow);
  EXPECT_FALSE(out.has_value());
  return out ? std::vector<FieldError>{} : out.error().fields;
}

TEST(ResolveEdit, LeavesOutWhatIsLeftOut) {
  const auto same = edited(booked(), {});
  EXPECT_EQ(same.wanted.replaces, model::ReservationId{"r"});
  EXPECT_EQ(same.wanted.window, hours_of(12, 14));
  EXPECT_EQ(same.wanted.units, 2);
  EXPECT_EQ(same.wanted.load, booked().load);
  EXPECT_EQ(same.name, "before");
  EXPECT_FALSE(same.explicit_load);
}

TEST(ResolveEdit, MovesAndResizes) {
  EXPECT_EQ(edited(booked(), {.start = hour(11)}).wanted.window, hours_of(11, 14));
  EXPECT_EQ(edited(booked(), {.end = hour(16)}).wanted.window, hours_of(12, 16));
  EXPECT_EQ(edited(booked(), {.duration = minutes(30)}).wanted.window, hours_of(12, 12.5));
  EXPECT_EQ(edited(booked(), {.start = hour(20), .duration = minutes(30)}).wanted.window, hours_of(20, 20.5));
  EXPECT_EQ(edited(booked(), {.start = Now{}}).wanted.window, (Window{kNow, hour(14)}));
  EXPECT_EQ(edited(booked(), {.start = Now{}, .duration = minutes(60)}).wanted.window,
            (Window{kNow, hour(11.5)}));
}

TEST(ResolveEdit, BringsTheDefaultsOfAnotherShape) {
  const auto fewer = edited(booked(), {.units = 1});
  EXPECT_EQ(fewer.wanted.load, lab().classes[0].defaults);
  EXPECT_FALSE(fewer.explicit_load);
  const auto other = edited(booked(), {.device_class = "whole-96gb", .units = 1, .memory = Gib{100}});
  EXPECT_EQ(other.wanted.device_class, kWhole);
  EXPECT_EQ(other.wanted.load, (Load{{62'000}, {100}, {558}}));
  EXPECT_TRUE(other.explicit_load);
}

TEST(ResolveEdit, KeepsALoadOfItsOwnWithTheSameShape) {
  auto current = booked();
  current.load.cpu = {7'000};
  const auto out =
      edited(current, {.units = 2, .memory = Gib{50}, .mode = model::Mode::kInferenceContainers});
  EXPECT_EQ(out.wanted.load, (Load{{7'000}, {50}, {1'116}}));
  EXPECT_EQ(out.mode, model::Mode::kInferenceContainers);
  EXPECT_TRUE(edited(current, {.name = "x"}).explicit_load);
}

TEST(ResolveEdit, ChecksWhatChangesByTheSameRules) {
  EXPECT_EQ(faults_of(booked(), {.start = hour(9)}).at(0).message,
            "Start is in the past. Earliest: 2026-11-24T10:30:00Z.");
  EXPECT_EQ(faults_of(booked(), {.device_class = "h200"}).at(0).field, "device_class");
  EXPECT_EQ(faults_of(booked(), {.device_class = "whole-96gb"}).at(0).field, "units");
  EXPECT_EQ(faults_of(booked(), {.units = 5}).at(0).limit, "4");
  EXPECT_EQ(faults_of(booked(), {.cpu = CpuMilli{200'000}}).at(0).field, "cpu");
  EXPECT_EQ(faults_of(booked(), {.name = "a\nb"}).at(0).field, "name");
  EXPECT_EQ(faults_of(booked(), {.end = hour(13), .duration = minutes(60)}).at(0).field, "duration_minutes");
  const auto both = faults_of(booked(), {.start = hour(12.1), .end = hour(14.1)});
  ASSERT_EQ(both.size(), 2U);
}

TEST(ResolveEdit, PutsAFaultOfTheLengthWhereItWasMade) {
  auto pool = lab();
  pool.policy.max_length = hours(3);
  const auto start = faults_of(booked(), {.start = hour(10.5)}, pool).at(0);
  EXPECT_EQ(start, (FieldError{"start", "2026-11-24T10:30:00Z", "2026-11-24T11:00:00Z",
                               "Longest booking here: 3 h."}));
  EXPECT_EQ(faults_of(booked(), {.end = hour(16)}, pool).at(0).field, "end");
  EXPECT_EQ(faults_of(booked(), {.start = hour(15)}, pool).at(0).field, "start");
}

TEST(ResolveEdit, LetsAReservationOfOlderRulesBeRenamedAndShortened) {
  auto pool = lab();
  pool.policy.max_length = hours(1);
  pool.policy.horizon = hours(2);
  pool.policy.lead = hours(8);
  pool.nodes[0].capacity.cpu = {10'000};
  pool.units[0].retired = pool.units[1].retired = pool.units[2].retired = true;
  EXPECT_EQ(edited(booked(), {.name = "after"}, pool).name, "after");
  EXPECT_EQ(edited(booked(), {.end = hour(13.5)}, pool).wanted.window, hours_of(12, 13.5));
  EXPECT_EQ(faults_of(booked(), {.end = hour(14.5)}, pool).size(), 2U);  // longer and farther
  EXPECT_EQ(faults_of(booked(), {.start = Now{}}, pool).at(0).field, "start");
}

TEST(ResolveEdit, ALengthAndTheEndThatItGivesAreOneAnswer) {
  auto pool = lab();
  pool.policy.max_length = minutes(30);
  EXPECT_EQ(edited(booked(), {.duration = minutes(60)}, pool).wanted.window, hours_of(12, 13));
  EXPECT_EQ(edited(booked(), {.end = hour(13)}, pool).wanted.window, hours_of(12, 13));
  EXPECT_EQ(edited(booked(), {.duration = minutes(120)}, pool).wanted.window, booked().window);
  EXPECT_EQ(faults_of(booked(), {.duration = minutes(150)}, pool).at(0).message,
            "Longest booking here: 30 min.");
  EXPECT_EQ(faults_of(booked(), {.end = hour(14.5)}, pool).at(0).message, "Longest booking here: 30 min.");

  auto odd = booked();
  odd.window.end = hour(13.75);
  EXPECT_EQ(edited(odd, {.end = hour(13.75)}).wanted.window, odd.window) << "no change";
  EXPECT_EQ(edited(odd, {.duration = minutes(105)}).wanted.window, odd.window) << "no change either";
}

TEST(ResolveEdit, AStartedReservationMayBeRenamedAndExtended) {
  const auto out = edited(running(), {.end = hour(13), .name = "after"});
  EXPECT_EQ(out.wanted.window, (Window{hour(9.2), hour(13)}));
  EXPECT_EQ(out.name, "after");
  EXPECT_EQ(out.wanted.units, 2);
  EXPECT_EQ(out.wanted.load, running().load);
  EXPECT_EQ(edited(running(), {.duration = minutes(240)}).wanted.window, (Window{hour(9.2), hour(13.5)}));
  EXPECT_EQ(edited(running(), {.end = hour(10.5)}).wanted.window, (Window{hour(9.2), hour(10.5)}));
}

TEST(ResolveEdit, WhatRunsSinceANowBetweenTwoStepsCanHaveTheLongestDuration) {
  const auto longest = edited(running(), {.duration = minutes(7 * 24 * 60)});
  EXPECT_EQ(longest.wanted.window, (Window{hour(9.2), hour(7 * 24 + 9.5)}));
  EXPECT_EQ(faults_of(running(), {.end = hour(7 * 24 + 9.5)}).at(0).limit,
            format_rfc3339(hour(9.2) + hours(7 * 24)));
  EXPECT_EQ(faults_of(running(), {.duration = minutes(30)}).at(0),
            (FieldError{"duration_minutes", "30", "2026-11-24T10:30:00Z",
                        "End is in the past. Earliest: 2026-11-24T10:30:00Z."}));
}

TEST(ResolveEdit, AStartedReservationDoesNotEndInThePast) {
  EXPECT_EQ(faults_of(running(), {.end = hour(10)}).at(0),
            (FieldError{"end", "2026-11-24T10:00:00Z", "2026-11-24T10:30:00Z",
                        "End is in the past. Earliest: 2026-11-24T10:30:00Z."}));
}

TEST(ResolveEdit, NamesEachFieldThatAStartedReservationKeeps) {
  std::vector<std::string> fields;
  for (const auto& one : faults_of(running(), {.device_class = "whole-96gb",
                                               .units = 1,
                                               .start = hour(11),
                                               .cpu = CpuMilli{1'500},
                                               .memory = Gib{1},
                                               .storage = Gib{400},
                                               .mode = model::Mode::kInferenceContainers})) {
    fields.push_back(one.field);
  }
  EXPECT_EQ(fields, (std::vector<std::string>{"device_class", "units", "start", "cpu", "memory_gib",
                                              "storage_gib", "mode"}));
  EXPECT_EQ(
      faults_of(running(), {.units = 1}).at(0),
      (FieldError{"units", "1", "2", "units cannot change once the reservation has started. It stays 2."}));
  EXPECT_EQ(faults_of(running(), {.start = Now{}}).at(0).value, "now");
}

TEST(ResolveEdit, AValueThatStaysIsNoChange) {
  const auto same = edited(running(), {.device_class = "slice-24gb",
                                       .units = 2,
                                       .start = hour(9.2),
                                       .end = hour(12),
                                       .cpu = CpuMilli{30'000},
                                       .mode = model::Mode::kInteractiveMl});
  EXPECT_EQ(same.wanted.window, running().window);
}

TEST(ResolveEdit, RefusesWhatIsOverOrEnding) {
  auto current = booked();
  current.state = model::ReservationState::kCanceled;
  auto out = resolve_edit(lab(), current, {.name = "x"}, kNow);
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code, Code::kConflict);
  EXPECT_EQ(out.error().slug, "reservation_over");
  current = running();
  current.end_requested_at = hour(10);
  EXPECT_EQ(resolve_edit(lab(), current, {.name = "x"}, kNow).error().message,
            "This reservation is ending, so it can no longer be changed.");
}

TEST(ResolveEdit, WhatHasBegunIsOverAtItsEndThoughItsSessionIsStillThere) {
  auto current = running();
  for (const auto& [end, over] : {std::pair{hour(10), true}, std::pair{kNow, true},
                                  std::pair{kNow + std::chrono::microseconds(1), false}}) {
    current.window.end = end;
    for (const auto& edit : {EditRequest{.end = hour(13)}, EditRequest{.duration = minutes(240)},
                             EditRequest{.name = "x"}, EditRequest{}}) {
      const auto out = resolve_edit(lab(), current, edit, kNow);
      ASSERT_EQ(out.has_value(), !over) << format_rfc3339(end);
      if (!over) continue;
      EXPECT_EQ(out.error().code, Code::kConflict);
      EXPECT_EQ(out.error().slug, "reservation_over");
      EXPECT_EQ(out.error().message, "This reservation is over, so it can no longer be changed.");
    }
  }
}

TEST(ResolveEdit, WhatNeverBeganMayBeMovedAfterItsEnd) {
  auto current = booked();
  current.window = hours_of(8, 10);
  EXPECT_EQ(edited(current, {.start = hour(12), .end = hour(14)}).wanted.window, hours_of(12, 14));
}

}  // namespace
}  // namespace berth::booking
