#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 30s;
constexpr Query kBackend{"listener_backend",
                         "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                         "AND application_name = 'listener' ORDER BY backend_start DESC LIMIT 1"};

class ListenerTest : public testing::Test {
 protected:
  pg::Settings settings() {
    auto made = database_.settings();
    made.application_name = "listener";
    return made;
  }
  int backend() {
    const auto rows = connection_.exec(kBackend);
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().get<int>("pid");
  }
  void notify(const std::string& payload) {
    const auto sent = connection_.exec(Query{"notify", "SELECT pg_notify('Change', $1)"}, payload);
    if (!sent) throw std::runtime_error(sent.error().message);
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = database_.connect();
  Listener listener_{settings(), {"Change", "other \"one\""}};
};

TEST_F(ListenerTest, IsNewAtFirstAndThenHearsWhatIsCommittedInOrder) {
  const auto first = listener_.wait(kLong);
  EXPECT_TRUE(first.connected);
  EXPECT_TRUE(first.may_have_missed);
  EXPECT_TRUE(first.notifications.empty());

  auto transaction = Transaction::begin(connection_);
  notify("1");
  EXPECT_TRUE(listener_.wait(50ms).notifications.empty()) << "not committed yet";
  notify("2");
  ASSERT_TRUE(transaction->commit());
  const auto heard = listener_.wait(kLong);
  EXPECT_EQ(heard.notifications, (std::vector<Notification>{{"Change", "1"}, {"Change", "2"}}));
  EXPECT_FALSE(heard.may_have_missed);

  ASSERT_TRUE(connection_.run("NOTIFY \"other \"\"one\"\"\""));
  EXPECT_EQ(listener_.wait(kLong).notifications, (std::vector<Notification>{{"other \"one\"", ""}}));
}

TEST_F(ListenerTest, AnswersWithNothingWhenTheTimeIsOver) {
  listener_.wait(kLong);
  const auto quiet = listener_.wait(50ms);
  EXPECT_TRUE(quiet.connected);
  EXPECT_FALSE(quiet.may_have_missed);
  EXPECT_TRUE(quiet.notifications.empty());
  EXPECT_FALSE(quiet.trouble);
}

TEST_F(ListenerTest, GivesMoreThanFitsAtOnceInTurns) {
  listener_.wait(kLong);
  constexpr std::size_t kCount = Listener::kMostAtOnce + 500;
  ASSERT_TRUE(connection_.exec(
      Query{"notify_many", "SELECT pg_notify('Change', n::text) FROM generate_series(1, $1::int) n"},
      static_cast<std::int64_t>(kCount)));
  std::vector<Notification> all;
  while (all.size() < kCount) {
    const auto heard = listener_.wait(kLong);
    ASSERT_FALSE(heard.notifications.empty());
    ASSERT_LE(heard.notifications.size(), Listener::kMostAtOnce);
    all.insert(all.end(), heard.notifications.begin(), heard.notifications.end());
  }
  EXPECT_EQ(all.size(), kCount);
  EXPECT_EQ(all.back().payload, std::to_string(kCount));
}

TEST_F(ListenerTest, ConnectsAgainAndSaysThatItMayHaveMissedSomething) {
  listener_.wait(kLong);
  ASSERT_TRUE(connection_.exec(Query{"end", "SELECT pg_terminate_backend($1, 5000)"}, backend()));
  const auto again = listener_.wait(kLong);
  EXPECT_TRUE(again.connected);
  EXPECT_TRUE(again.may_have_missed);
  notify("after");
  EXPECT_EQ(listener_.wait(kLong).notifications, (std::vector<Notification>{{"Change", "after"}}));
}

TEST_F(ListenerTest, NoticesAServerProcessThatHangs) {
  auto impatient = settings();
  impatient.statement_timeout = 100ms;
  impatient.cancel_grace = 100ms;
  Listener listener(impatient, {"Change"}, 100ms);
  listener.wait(kLong);
  const int hung = backend();
  ASSERT_EQ(::kill(hung, SIGSTOP), 0);
  const auto again = listener.wait(kLong);
  EXPECT_TRUE(again.may_have_missed);
  EXPECT_TRUE(again.connected);
  EXPECT_NE(backend(), hung);
  ASSERT_EQ(::kill(hung, SIGCONT), 0);
}

TEST_F(ListenerTest, SaysWhyThereIsNoConnectionAndKeepsTheTime) {
  auto nowhere = settings();
  nowhere.conninfo = "host=/tmp/no-such-folder dbname=x user=y";
  Listener listener(nowhere, {"Change"});
  const auto began = std::chrono::steady_clock::now();
  const auto heard = listener.wait(300ms);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
  EXPECT_FALSE(heard.connected);
  EXPECT_FALSE(heard.may_have_missed);
  ASSERT_TRUE(heard.trouble);
  EXPECT_EQ(heard.trouble->slug, kConnectFailed);
}

TEST_F(ListenerTest, IsWokenFromAnotherThread) {
  listener_.wait(kLong);
  const auto began = std::chrono::steady_clock::now();
  std::thread waker([&] { listener_.interrupt(); });
  const auto heard = listener_.wait(10min);
  waker.join();
  EXPECT_TRUE(heard.notifications.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
  notify("next");
  EXPECT_EQ(listener_.wait(kLong).notifications.size(), 1U) << "the wake-up is used up";
}

TEST_F(ListenerTest, EndsItsWaitOnAStopRequest) {
  listener_.wait(kLong);
  std::stop_source source;
  const auto began = std::chrono::steady_clock::now();
  std::thread stopper([&] { source.request_stop(); });
  listener_.wait(10min, source.get_token());
  stopper.join();
  listener_.wait(10min, source.get_token());
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
}

TEST_F(ListenerTest, EndsItsTryToConnectOnAStopRequest) {
  listener_.wait(kLong);
  ASSERT_EQ(::kill(testsupport::postgres().server().pid(), SIGSTOP),
            0);  // takes connections, and does not answer
  auto patient = settings();
  patient.connect_timeout = 10min;
  Listener listener(patient, {"Change"});
  std::stop_source source;
  const auto began = std::chrono::steady_clock::now();
  std::thread stopper([&] {
    std::this_thread::yield();
    source.request_stop();
  });
  const auto heard = listener.wait(10min, source.get_token());
  stopper.join();
  EXPECT_FALSE(heard.connected);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
  ASSERT_EQ(::kill(testsupport::postgres().server().pid(), SIGCONT), 0);
}

}  // namespace
}  // namespace berth::pg
