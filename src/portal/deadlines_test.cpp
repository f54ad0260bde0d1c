#include "portal/deadlines.hpp"

#include <gtest/gtest.h>

#include "testsupport/testsupport.hpp"

namespace berth::portal {
namespace {

using namespace std::chrono_literals;

TEST(Deadlines, AreNeverLaterThanARequestMayWaitAndNeverLaterThanWasSet) {
  const auto requests = for_requests({});
  EXPECT_EQ(requests.connect_timeout, 3'000ms);
  EXPECT_EQ(requests.statement_timeout, 5'000ms);
  EXPECT_EQ(requests.cancel_grace, 500ms);
  EXPECT_EQ(for_readiness({}).statement_timeout, 1'000ms);
  pg::Settings sooner;
  sooner.statement_timeout = sooner.idle_in_transaction_timeout = 300ms;
  EXPECT_EQ(for_requests(sooner).statement_timeout, 300ms);
  EXPECT_EQ(for_requests(sooner).idle_in_transaction_timeout, 300ms);
}

TEST(Deadlines, TheServerEndsATransactionOfAPortalThatVanishedAfterTenSeconds) {
  const auto database = testsupport::postgres().fresh_database();
  auto connection = pg::Connection::connect(for_requests(database.settings()));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto shown = connection->exec(
      pg::Query{"shown", "SELECT current_setting('idle_in_transaction_session_timeout') AS x"});
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->front().get<std::string>("x"), "10s");
}

}  // namespace
}  // namespace berth::portal
