// One client that asks for much, and others beside it.
#include <gtest/gtest.h>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

/// Whose it is and how heavy, as the request itself says: "/wait?as=ana&heavy".
Judgement judge_by_query(const Request& head) {
  return {.share = {.name = std::string(head.query_value("as").value_or("")), .many = false},
          .weight = head.query_value("heavy") ? Weight::kHeavy : Weight::kLight};
}

ServerSettings settings(std::size_t workers) {
  ServerSettings settings;
  settings.workers = workers;
  settings.judge = judge_by_query;
  return settings;
}

std::vector<RawClient> ask(TestServer& server, int times, std::string_view target) {
  std::vector<RawClient> clients;
  for (int i = 0; i < times; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get(target));
  }
  return clients;
}

TEST(Fairness, OneWhoAsksForMuchLeavesWorkersToOthers) {
  TestServer server(settings(8));
  const auto greedy = ask(server, 40, "/wait?as=ana");
  ASSERT_TRUE(eventually([&] { return server.server().load().queued == 38; }));
  EXPECT_EQ(server.gate.waiting(), 2);
  auto other = server.connect();
  other.send(get("/hello?as=ben"));
  EXPECT_EQ(other.read_response().body, "hello");
  server.gate.open();
}

TEST(Fairness, WhatIsHeavyLeavesWorkersToWhatIsLight) {
  TestServer server(settings(4));
  std::vector<std::vector<RawClient>> heavy;
  for (const auto* name : {"a", "b", "c", "d"}) {
    heavy.push_back(ask(server, 2, std::string("/wait?heavy&as=") + name));
  }
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 2 && server.server().load().queued == 6; }));
  auto light = server.connect();
  light.send(get("/hello?as=e"));
  EXPECT_EQ(light.read_response().body, "hello");
  server.gate.open();
  for (auto& clients : heavy) {
    for (auto& client : clients) EXPECT_EQ(client.read_response().body, "waited");
  }
}

TEST(Fairness, TooManyThatWaitGet429AndTheConnectionStays) {
  auto few = settings(1);
  few.limits.queued_requests = 32;  // two of each
  TestServer server(std::move(few));
  auto clients = ask(server, 1, "/wait?as=ana");
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  for (auto& more : ask(server, 2, "/wait?as=ana")) clients.push_back(std::move(more));
  ASSERT_TRUE(eventually([&] { return server.server().load().queued == 2; }));
  auto refused = server.connect();
  refused.send(get("/hello?as=ana"));
  const auto response = refused.read_response();
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_TRUE(response.body.starts_with(error_text(429))) << response.body;
  auto other = server.connect();
  other.send(get("/hello?as=ben"));
  server.gate.open();
  EXPECT_EQ(other.read_response().body, "hello");
  for (auto& client : clients) EXPECT_EQ(client.read_response().body, "waited");
  refused.send(get("/hello?as=ana"));
  EXPECT_EQ(refused.read_response().body, "hello");
}

class Abandoned : public testing::Test {
 protected:
  /// One request runs, and `times` wait behind it.
  std::vector<RawClient> fill(int times) {
    running_.push_back(server_.connect());
    running_.back().send(get("/wait"));
    EXPECT_TRUE(eventually([&] { return server_.gate.waiting() == 1; }));
    auto waiting = ask(server_, times, "/hello");
    EXPECT_TRUE(
        eventually([&] { return server_.server().load().queued == static_cast<std::size_t>(times); }));
    return waiting;
  }
  void expect_none_was_run() {
    EXPECT_TRUE(eventually([&] { return server_.server().load().queued == 0; }));
    server_.gate.open();
    EXPECT_EQ(running_.front().read_response().body, "waited");
    EXPECT_EQ(server_.handled(), 1);
  }

  TestServer server_{settings(1)};
  std::vector<RawClient> running_;
};

TEST_F(Abandoned, WhatWaitsIsDroppedWhenItsClientResets) {
  auto waiting = fill(20);
  for (auto& client : waiting) client.reset();
  expect_none_was_run();
  EXPECT_EQ(server_.server().load().abandoned, 20U);
}

TEST_F(Abandoned, WhatWaitsIsDroppedWhenItsClientCloses) {
  auto waiting = fill(20);
  for (auto& client : waiting) client.close();
  expect_none_was_run();
  EXPECT_EQ(server_.server().load().abandoned, 20U);
}

TEST_F(Abandoned, APipelinedRequestBehindItGoesToo) {
  auto waiting = fill(1);
  waiting.front().send(get("/echo"));
  waiting.front().reset();
  expect_none_was_run();
}

TEST(Fairness, RequestsInOneGoAreAnsweredAlthoughReadingGoesOnMeanwhile) {
  TestServer server(settings(2));
  auto client = server.connect();
  client.send(get("/wait?as=ana"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  std::string more;
  for (int i = 0; i < 500; ++i) more += get("/hello?as=ana");  // more than is kept of what comes too early
  client.send(more);
  server.gate.open();
  EXPECT_EQ(client.read_response().body, "waited");
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.read_response().body, "hello") << i;
  client.send("POST /echo?as=ana HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 100);
  client.send("body");
  EXPECT_EQ(client.read_response().body, "body");
}

}  // namespace
}  // namespace berth::http
