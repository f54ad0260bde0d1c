#include <gtest/gtest.h>

#include <limits>

#include "booking/rules.hpp"
#include "booking/test_pool.hpp"

namespace berth::booking {
namespace {

using namespace testing;

const Instant kNow = hour(10.1);  // 10:06

Request slice_request() {
  Request out;
  out.pool = "lab";
  out.device_class = "slice-24gb";
  out.start = hour(12);
  out.end = hour(14);
  return out;
}

std::vector<FieldError> faults_of(const Request& request, const model::Pool& pool = lab()) {
  const auto resolved = resolve(pool, request, {}, kNow);
  EXPECT_FALSE(resolved.has_value());
  if (resolved) return {};
  EXPECT_EQ(resolved.error().code, Code::kInvalid);
  EXPECT_FALSE(resolved.error().message.empty());
  return resolved.error().fields;
}

void expect_fault(const Request& request, const FieldError& wanted, const model::Pool& pool = lab()) {
  const auto faults = faults_of(request, pool);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].field, wanted.field);
  EXPECT_EQ(faults[0].value, wanted.value);
  EXPECT_EQ(faults[0].limit, wanted.limit);
  EXPECT_EQ(faults[0].message, wanted.message);
}

TEST(Resolve, FillsTheLoadFromTheClassTimesUnits) {
  auto request = slice_request();
  request.units = 2;
  request.name = "train-7b";
  request.mode = model::Mode::kInferenceContainers;
  const auto resolved = resolve(lab(), request, {}, kNow);
  ASSERT_TRUE(resolved.has_value());
  EXPECT_EQ(resolved->wanted.device_class, kSlice);
  EXPECT_EQ(resolved->wanted.units, 2);
  EXPECT_EQ(resolved->wanted.window, hours_of(12, 14));
  EXPECT_EQ(resolved->wanted.load, (Load{{30'000}, {184}, {1'116}}));
  EXPECT_FALSE(resolved->wanted.replaces.has_value());
  EXPECT_FALSE(resolved->explicit_load);
  EXPECT_EQ(resolved->name, "train-7b");
  EXPECT_EQ(resolved->mode, model::Mode::kInferenceContainers);
}

TEST(Resolve, KeepsTheLoadThatIsGiven) {
  auto request = slice_request();
  request.cpu = CpuMilli{500};
  const auto resolved = resolve(lab(), request, {}, kNow);
  ASSERT_TRUE(resolved.has_value());
  EXPECT_EQ(resolved->wanted.load, (Load{{500}, {92}, {558}}));
  EXPECT_TRUE(resolved->explicit_load);
}

TEST(Resolve, ADurationStandsForAnEnd) {
  auto request = slice_request();
  request.end.reset();
  request.duration = minutes(90);
  EXPECT_EQ(resolve(lab(), request, {}, kNow)->wanted.window, hours_of(12, 13.5));
}

TEST(Resolve, AStartOfNowIsNowAndItsEndIsRoundedUpToAStep) {
  auto request = slice_request();
  request.start = Now{};
  EXPECT_EQ(resolve(lab(), request, {}, kNow)->wanted.window, (Window{kNow, hour(14)}));
  request.end.reset();
  request.duration = minutes(60);
  EXPECT_EQ(resolve(lab(), request, {}, kNow)->wanted.window, (Window{kNow, hour(11.5)}));
  EXPECT_EQ(resolve(lab(), request, {}, hour(10))->wanted.window, hours_of(10, 11));
}

TEST(Resolve, TheLongestBookingCanBeHadFromANowBetweenTwoSteps) {
  auto request = slice_request();
  request.start = Now{};
  request.end.reset();
  request.duration = minutes(7 * 24 * 60);
  ASSERT_TRUE(resolve(lab(), request, {}, kNow)) << "from 10:06, so that its end is 10:30";
  EXPECT_EQ(resolve(lab(), request, {}, kNow)->wanted.window, (Window{kNow, hour(7 * 24 + 10.5)}));
  EXPECT_EQ(resolve(lab(), request, {}, hour(10))->wanted.window, hours_of(10, 7 * 24 + 10));
  request.duration = minutes(7 * 24 * 60 + 1);
  expect_fault(request,
               {"duration_minutes", "10081", "10080", "Longest booking here: 168 h (7 days of 24 h)."});
  request.duration.reset();
  request.end = hour(7 * 24 + 10.5);
  expect_fault(
      request,
      {"end", "2026-12-01T10:30:00Z", "2026-12-01T10:06:00Z",
       "Longest booking here: 168 h (7 days of 24 h); until 2026-12-01T10:30:00Z it is 168 h 24 min."});

  // A step of 20 minutes into which neither the length nor the horizon goes.
  auto pool = lab();
  pool.policy.max_length = pool.policy.horizon = minutes(50);
  pool.policy.min_length = pool.policy.step = minutes(20);
  request.end.reset();
  request.duration = minutes(50);
  ASSERT_TRUE(resolve(pool, request, {}, kNow));
  EXPECT_EQ(resolve(pool, request, {}, kNow)->wanted.window, (Window{kNow, hour(11)}));
}

TEST(Resolve, ADurationIsRefusedWithTheNumberThatWasAskedFor) {
  auto pool = lab();
  auto request = slice_request();
  request.start = Now{};
  request.end.reset();
  request.duration = minutes(5);
  expect_fault(request, {"duration_minutes", "5", "30", "Shortest booking here: 30 min."}, pool);
  pool.policy.horizon = hours(24);
  request.duration = minutes(24 * 60);
  EXPECT_TRUE(resolve(pool, request, {}, kNow))
      << "ends by the horizon, but for the part that was rounded up";
  request.duration = minutes(24 * 60 + 1);
  expect_fault(request,
               {"duration_minutes", "1441", "2026-11-25T10:00:00Z",
                "Bookings open 24 h ahead (until 2026-11-25T10:00:00Z)."},
               pool);
}

TEST(Resolve, RefusesAStartInThePast) {
  auto request = slice_request();
  request.start = hour(10);
  expect_fault(request, {"start", "2026-11-24T10:00:00Z", "2026-11-24T10:30:00Z",
                         "Start is in the past. Earliest: 2026-11-24T10:30:00Z."});
}

TEST(Resolve, RefusesAStartWithoutTheNoticeThatThePolicyAsksFor) {
  auto pool = lab();
  pool.policy.lead = hours(4);
  const std::string message =
      "Start is too soon: bookings here need 4 h of notice. Earliest: 2026-11-24T14:30:00Z.";
  auto request = slice_request();
  expect_fault(request, {"start", "2026-11-24T12:00:00Z", "2026-11-24T14:30:00Z", message}, pool);
  request.start = Now{};
  expect_fault(request, {"start", "now", "2026-11-24T14:30:00Z", message}, pool);
}

TEST(Resolve, ReportsStartAndEndTogetherWhenBothAreOffTheGrid) {
  auto request = slice_request();
  request.start = hour(12.25);
  request.end = hour(14.25);
  const auto faults = faults_of(request);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].field, "start");
  EXPECT_EQ(faults[0].message, "Start is not on a step of 30 min. Next: 2026-11-24T12:30:00Z.");
  EXPECT_EQ(faults[1].field, "end");
  EXPECT_EQ(faults[1].message, "End is not on a step of 30 min. Next: 2026-11-24T14:30:00Z.");
}

TEST(Resolve, RefusesAnEndThatIsNotAfterTheStart) {
  auto request = slice_request();
  request.end = hour(12);
  expect_fault(request, {"end", "2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z",
                         "End (2026-11-24T12:00:00Z) is not after the start (2026-11-24T12:00:00Z)."});
}

TEST(Resolve, WantsExactlyOneOfEndAndDuration) {
  auto request = slice_request();
  request.duration = minutes(60);
  expect_fault(request, {"duration_minutes", "60", "one of end and duration_minutes",
                         "Give end or duration_minutes, not both."});
  request.duration.reset();
  request.end.reset();
  expect_fault(request, {"end", "", "one of end and duration_minutes", "Give end or duration_minutes."});
}

TEST(Resolve, RefusesDurationsThatArePointlessOffTheGridOrTooLongToCount) {
  auto request = slice_request();
  request.end.reset();
  request.duration = minutes(0);
  expect_fault(request, {"duration_minutes", "0", "1", "Duration must be at least 1 minute."});
  request.duration = minutes(45);
  expect_fault(request, {"duration_minutes", "45", "30 min", "Duration must be a multiple of 30 min."});
  request.duration = minutes(std::numeric_limits<std::int64_t>::max());
  expect_fault(request, {"duration_minutes", "9223372036854775807", "10080",
                         "Longest booking here: 168 h (7 days of 24 h)."});
  request.duration = minutes(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(faults_of(request).at(0).field, "duration_minutes");
}

TEST(Resolve, HoldsTheLengthWithinThePolicy) {
  auto pool = lab();
  pool.policy.min_length = hours(1);
  pool.policy.max_length = hours(24);
  auto request = slice_request();
  request.end = hour(12.5);
  expect_fault(request,
               {"end", "2026-11-24T12:30:00Z", "2026-11-24T13:00:00Z", "Shortest booking here: 1 h."}, pool);
  request.end = hour(36.5);
  expect_fault(request,
               {"end", "2026-11-25T12:30:00Z", "2026-11-25T12:00:00Z", "Longest booking here: 24 h."}, pool);
}

TEST(Resolve, HoldsTheEndWithinTheHorizon) {
  auto pool = lab();
  pool.policy.horizon = hours(24 * 30);
  auto request = slice_request();
  request.start = hour(24 * 30);
  request.end = hour(24 * 30 + 11);
  const std::string message = "Bookings open 30 days ahead (until 2026-12-24T10:00:00Z).";
  expect_fault(request, {"end", "2026-12-24T11:00:00Z", "2026-12-24T10:00:00Z", message}, pool);
  request.start = hour(24 * 30 + 10.5);
  expect_fault(request, {"start", "2026-12-24T10:30:00Z", "2026-12-24T10:00:00Z", message}, pool);
}

TEST(Resolve, RefusesMoreUnitsThanOneNodeHas) {
  auto request = slice_request();
  request.units = 1'000'000'000;
  expect_fault(
      request,
      {"units", "1000000000", "4",
       "At most 4 units of slice-24gb are on one node, and the units of a reservation are on one node."});
  request.device_class = "whole-96gb";
  request.units = 2;
  expect_fault(
      request,
      {"units", "2", "1",
       "At most 1 unit of whole-96gb is on one node, and the units of a reservation are on one node."});
  request.units = 0;
  expect_fault(request, {"units", "0", "1", "Book at least 1 unit."});
  request.units = std::numeric_limits<int>::min();
  EXPECT_EQ(faults_of(request).at(0).field, "units");
}

TEST(Resolve, CountsNoUnitsThatAreRetired) {
  auto pool = lab();
  pool.units[0].retired = true;
  auto request = slice_request();
  request.units = 4;
  EXPECT_EQ(faults_of(request, pool).at(0).limit, "3");
  pool.nodes[0].retired = true;
  EXPECT_EQ(faults_of(request, pool).at(0).limit, "0");
}

TEST(Resolve, RefusesALoadThatNoNodeCanGive) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  auto request = slice_request();
  request.cpu = CpuMilli{1'000'000'000'000'000'000};
  expect_fault(request,
               {"cpu", "1000000000000000", "122",
                "CPU is 1000000000000000 cores. A node that has the units gives at most 122 cores."});
  request.cpu = CpuMilli{122'001};
  request.memory = Gib{741};
  request.storage = Gib{huge};
  const auto faults = faults_of(request);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].value, "122.001");
  EXPECT_EQ(faults[1].field, "memory_gib");
  EXPECT_EQ(faults[1].limit, "740");
  EXPECT_EQ(faults[2].field, "storage_gib");
  EXPECT_EQ(faults[2].limit, "2790");
}

TEST(Resolve, RefusesALoadThatNoSessionCanLiveOn) {
  auto request = slice_request();
  request.cpu = CpuMilli{std::numeric_limits<std::int64_t>::min()};
  request.memory = Gib{0};
  request.storage = Gib{319};
  const auto faults = faults_of(request);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].limit, "0.001");
  EXPECT_EQ(faults[1].message, "Memory is 0 GiB. At least 1 GiB.");
  EXPECT_EQ(faults[2].message, "Storage is 319 GiB. At least 320 GiB, for home and model cache.");
}

TEST(Resolve, StorageHoldsTheClassesOwnHomeAndModelCache) {
  auto pool = lab();
  pool.classes[0].home = {50};
  pool.classes[0].model_cache = {150};
  auto request = slice_request();
  request.storage = Gib{199};
  expect_fault(
      request,
      {"storage_gib", "199", "200", "Storage is 199 GiB. At least 200 GiB, for home and model cache."}, pool);
}

TEST(Resolve, SaysSoWhenTheDefaultsAloneAreTooMuch) {
  auto pool = lab();
  pool.classes[0].defaults.cpu = {62'000};
  auto request = slice_request();
  request.units = 2;
  expect_fault(
      request,
      {"cpu", "124", "122",
       "The defaults of 2 units need 124 cores, and a node that has them gives at most 122 cores. Give cpu."},
      pool);
}

TEST(Resolve, RefusesUnknownAndRetiredClasses) {
  auto request = slice_request();
  request.device_class = "h200";
  expect_fault(request, {"device_class", "h200", "slice-24gb, whole-96gb",
                         "Pool lab has no device class \"h200\". Offered: slice-24gb, whole-96gb."});
  auto pool = lab();
  pool.classes[0].retired = true;
  request.device_class = "slice-24gb";
  expect_fault(request,
               {"device_class", "slice-24gb", "whole-96gb",
                "\"slice-24gb\" is no longer offered in pool lab. Offered: whole-96gb."},
               pool);
}

TEST(Resolve, RefusesNamesThatCannotBeShown) {
  auto request = slice_request();
  request.name = std::string(100, 'a');
  EXPECT_TRUE(resolve(lab(), request, {}, kNow).has_value());
  request.name = "K\xC3\xB6ln \xF0\x9F\x9A\xA2";
  EXPECT_TRUE(resolve(lab(), request, {}, kNow).has_value());
  request.name = std::string(101, 'a');
  std::string shown(100, 'a');
  shown += "...";
  expect_fault(request, {"name", shown, "100", "Name is 101 characters long. Longest: 100."});
  request.name.clear();
  for (int i = 0; i < 100; ++i) request.name += "\xC3\xBC";
  EXPECT_TRUE(resolve(lab(), request, {}, kNow).has_value()) << "characters count, not bytes";
  request.name += "x";
  EXPECT_EQ(faults_of(request).at(0).message, "Name is 101 characters long. Longest: 100.");
  for (const char* name : {"a\nb", "\x7F", "\xC2\x85", "tab\t"}) {
    request.name = name;
    EXPECT_EQ(faults_of(request).at(0).limit, "no control characters");
  }
  for (const char* name :
       {"\xC3", "\xC3(", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE0\x80\xAF"}) {
    request.name = name;
    EXPECT_EQ(faults_of(request).at(0).limit, "UTF-8");
    EXPECT_EQ(faults_of(request).at(0).value.front(), '?');
  }
  request.name = std::string("a\0b", 3);
  EXPECT_EQ(faults_of(request).at(0).value, "a?b");
}

TEST(Resolve, CountsTheOwnersLiveReservations) {
  EXPECT_TRUE(resolve(lab(), slice_request(), {19}, kNow).has_value());
  const auto refused = resolve(lab(), slice_request(), {20}, kNow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fields.at(0),
            (FieldError{"owner", "20", "20",
                        "You hold 20 reservations in all pools together, and the limit of this pool is 20. "
                        "Cancel or end one first."}));
}

TEST(Resolve, ReportsFaultsOfAllKindsAtOnce) {
  auto request = slice_request();
  request.device_class = "h200";
  request.start = hour(1);
  request.end = hour(14.1);
  request.name = "\n";
  std::vector<std::string> fields;
  for (const auto& one : faults_of(request)) fields.push_back(one.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"start", "end", "device_class", "name"}));
}

TEST(InWords, UsesTheUnitsThatPeopleUse) {
  EXPECT_EQ(in_words(minutes(30)), "30 min");
  EXPECT_EQ(in_words(minutes(90)), "1 h 30 min");
  EXPECT_EQ(in_words(hours(24)), "24 h");
  EXPECT_EQ(in_words(hours(48)), "2 days");
  EXPECT_EQ(in_words(hours(49)), "49 h");
  EXPECT_EQ(in_words(seconds(61)), "1 min 1 s");
  EXPECT_EQ(in_words(seconds(0)), "0 min");
}

TEST(Times, StopsInsteadOfOverflowing) {
  const Load most =
      times({{std::numeric_limits<std::int64_t>::max()}, {1}, {0}}, std::numeric_limits<int>::max());
  EXPECT_GT(most.cpu.value, 1'000'000'000'000);
  EXPECT_EQ(most.memory.value, std::numeric_limits<int>::max());
  EXPECT_EQ(most.storage.value, 0);
}

}  // namespace
}  // namespace berth::booking
