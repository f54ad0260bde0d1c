#include "cli/own_profile.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

const Window kFourHours{*parse_rfc3339("2026-11-20T10:00:00Z"), *parse_rfc3339("2026-11-20T14:00:00Z")};

json::value pools() {
  return {
      {"items", json::array{{{"name", "lab"},
                             {"device_classes", json::array{{{"name", "slice-24gb"}, {"gpu_share", 0.25}},
                                                            {{"name", "whole-96gb"}, {"gpu_share", 1}}}}}}}};
}

json::value segment(std::string_view start, std::string_view end, int reserved) {
  return {{"start", start}, {"end", end}, {"reserved", reserved}};
}

json::value availability(const json::array& slices, const json::array& whole) {
  return {{"pool", "lab"},
          {"device_classes", json::array{{{"device_class", "slice-24gb"}, {"segments", slices}},
                                         {{"device_class", "whole-96gb"}, {"segments", whole}}}}};
}

TEST(OwnProfile, AddsUnitsByTheirShareOfAGpuAndOfTheHour) {
  const auto profile =
      hourly_profile(availability({segment("2026-11-20T09:00:00Z", "2026-11-20T11:30:00Z", 2),
                                   segment("2026-11-20T11:30:00Z", "2026-11-20T15:00:00Z", 0)},
                                  {segment("2026-11-20T13:00:00Z", "2026-11-20T13:45:00Z", 1)}),
                     pools(), kFourHours);
  ASSERT_TRUE(profile);
  EXPECT_EQ(*profile, (json::array{0.5, 0.25, 0.0, 0.75}));
}

TEST(OwnProfile, WithoutAnyReservationThereIsNone) {
  const auto none = hourly_profile(
      availability({segment("2026-11-20T10:00:00Z", "2026-11-20T14:00:00Z", 0)}, {}), pools(), kFourHours);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
}

TEST(OwnProfile, AnAnswerOfAnotherFormIsAFaultOfTheServer) {
  for (const auto& other :
       {availability({json::object{{"start", "yesterday"}}}, {}),
        json::value{{"pool", "elsewhere"}, {"device_classes", json::array{{{"device_class", "a"}}}}}}) {
    const auto none = hourly_profile(other, pools(), kFourHours);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kUnavailable);
  }
}

}  // namespace
}  // namespace berth::cli
