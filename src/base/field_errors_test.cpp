#include "base/field_errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

TEST(FieldErrors, AreToldAtOnce) {
  FieldErrors faults;
  EXPECT_TRUE(faults.empty());
  faults.add("units", "3", "2", "At most 2 units.");
  EXPECT_EQ(faults.error().message, "At most 2 units.");
  faults.add("end", "x", "RFC 3339", "End is no time.");
  EXPECT_TRUE(faults.has("end"));
  EXPECT_FALSE(faults.has("start"));
  EXPECT_EQ(faults.error().code, Code::kInvalid);
  EXPECT_EQ(faults.error().message, "At most 2 units. (and 1 more)");
  EXPECT_EQ(faults.error_in_full().message, "At most 2 units. End is no time.");
  EXPECT_EQ(faults.error().fields, (std::vector<FieldError>{{"units", "3", "2", "At most 2 units."},
                                                            {"end", "x", "RFC 3339", "End is no time."}}));
}

TEST(FieldErrors, BeyondTheirNumberAreCountedOnly) {
  FieldErrors faults;
  for (std::size_t i = 0; i < kMaxFieldErrors + 7; ++i) faults.add("f", "", "", "No.");
  EXPECT_EQ(faults.error().fields.size(), kMaxFieldErrors);
  EXPECT_EQ(faults.error().message, "No. (and " + std::to_string(kMaxFieldErrors + 6) + " more)");
}

TEST(FieldErrors, NoneIsAFaultOfOurs) {
  EXPECT_EQ(FieldErrors().error().code, Code::kInternal);
  EXPECT_EQ(FieldErrors().error_in_full().code, Code::kInternal);
}

}  // namespace
}  // namespace berth
