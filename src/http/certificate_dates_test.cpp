#include "http/certificate_dates.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

using std::chrono::hours;

const Instant kFrom = Instant(hours(1'000'000 / 3600));
const CertificateDates kYear{kFrom, kFrom + hours(365 * 24)};

std::string told(const CertificateDates& dates, Instant now) {
  const auto trouble = trouble_of(dates, now);
  if (!trouble) return "";
  return (trouble->refused ? "refused: " : "") + trouble->what;
}

TEST(CertificateDates, AreFineBetween) {
  EXPECT_EQ(told(kYear, kYear.from), "");
  EXPECT_EQ(told(kYear, kYear.until - kRunsOutSoon), "");
}

TEST(CertificateDates, AreTroubleBeforeAndAfter) {
  EXPECT_EQ(told(kYear, kYear.from - Duration(1)),
            "refused: the TLS certificate is not valid yet: clients refuse it");
  EXPECT_EQ(told(kYear, kYear.until), "refused: the TLS certificate has expired: clients refuse it");
}

TEST(CertificateDates, AreToldOfBeforeTheyEnd) {
  EXPECT_EQ(told(kYear, kYear.until - kRunsOutSoon + Duration(1)), "the TLS certificate expires soon");
  const CertificateDates day{kFrom, kFrom + hours(24)};
  EXPECT_EQ(told(day, day.from + hours(15)), "") << "a day's certificate is not always about to end";
  EXPECT_EQ(told(day, day.from + hours(17)), "the TLS certificate expires soon");
}

}  // namespace
}  // namespace berth::http
