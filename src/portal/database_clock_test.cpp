#include "portal/database_clock.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using std::chrono::milliseconds;

constexpr DatabaseClock::Steady::time_point kAsked{hours(7)};
const Instant kTold = must(parse_rfc3339("2026-11-24T14:00:00Z"));

TEST(DatabaseClock, IsThisMachinesUntilItWasRead) {
  const DatabaseClock clock;
  EXPECT_LT(std::chrono::abs(clock.now() - SystemClock().now()), seconds(5));
}

TEST(DatabaseClock, GoesOnFromTheMiddleOfItsReading) {
  DatabaseClock clock;
  clock.note(kTold, kAsked, kAsked + milliseconds(200));
  EXPECT_EQ(clock.at(kAsked + milliseconds(100)), kTold);
  EXPECT_EQ(clock.at(kAsked + milliseconds(100) + hours(1)), kTold + hours(1));
  clock.note(kTold - hours(3), kAsked, kAsked);
  EXPECT_EQ(clock.at(kAsked), kTold - hours(3)) << "the newest reading counts";
}

TEST(DatabaseClock, TakesNoReadingThatTookTooLong) {
  DatabaseClock clock;
  clock.note(kTold, kAsked, kAsked);
  clock.note(kTold + hours(1), kAsked, kAsked + DatabaseClock::kLongestReading + milliseconds(1));
  EXPECT_EQ(clock.at(kAsked), kTold);
}

class ServerTime : public PortalTest {};

TEST_F(ServerTime, IsTheDatabasesAlsoWhereThatIsTwoHoursAhead) {
  // A database with its own idea of the time, for this portal alone: what comes first in the path is taken.
  site().sql("CREATE SCHEMA ahead");
  site().sql(
      "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
      " AS $$SELECT pg_catalog.clock_timestamp() + interval '2 hours'$$");
  site().sql("GRANT USAGE ON SCHEMA ahead TO berth_portal");
  site().sql("GRANT EXECUTE ON FUNCTION ahead.clock_timestamp() TO berth_portal");
  auto settings = site().settings();
  settings.database.conninfo =
      site().database.settings().conninfo + " options='-c role=berth_portal -c search_path=ahead,pg_catalog'";
  const auto portal = site().start_portal(settings);
  auto client = Site::client(site().ana, portal->port());
  const auto off = [&](const Answer& answer) {
    return std::chrono::abs(must(parse_rfc3339(answer.header("Berth-Server-Time"))) -
                            (SystemClock().now() + hours(2)));
  };
  ASSERT_TRUE(eventually([&] { return off(client.get("/healthz")) < minutes(1); }));
  const auto status = client.get("/api/v1/status");
  EXPECT_LT(off(status), minutes(1));
  EXPECT_LT(std::chrono::abs(must(parse_rfc3339(status.header("Berth-Server-Time"))) -
                             must(parse_rfc3339(string_at(status.json, {"server_time"})))),
            seconds(5))
      << "one clock for both";
  EXPECT_LT(off(client.get("/" + std::string(9'000, 'x'))), minutes(1)) << "what the edge refuses, too";
  const EventReader reader(portal->port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return !reader.seen().empty(); }));
  const auto pinged = must(parse_rfc3339(string_at(reader.seen().front().data, {"server_time"})));
  EXPECT_LT(std::chrono::abs(pinged - (SystemClock().now() + hours(2))), minutes(1));
}

}  // namespace
}  // namespace berth::portal
