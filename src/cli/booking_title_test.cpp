#include "cli/booking_title.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

TEST(BookingTitle, IsTheNameAndElseWhatWasBookedAndWhen) {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  json::object booking{{"id", "f56b3dea-0000-4000-8000-000000000000"},
                       {"name", "train"},
                       {"device_class", "slice-24gb"},
                       {"units", 1},
                       {"start", "2026-11-24T13:00:00Z"},
                       {"end", "2026-11-24T17:00:00Z"}};
  EXPECT_EQ(title_of(booking), "train");
  booking["name"] = "";
  EXPECT_EQ(title_of(booking), "slice-24gb, 14:00 to 18:00");
  booking["units"] = 2;
  booking["until"] = "2026-11-24T15:07:31Z";
  EXPECT_EQ(title_of(booking), "2 x slice-24gb, 14:00 to 16:07") << "which it really had";
  EXPECT_EQ(title_of(json::object{{"name", ""}}), "") << "of an answer without times nothing is made";
}

}  // namespace
}  // namespace berth::cli
