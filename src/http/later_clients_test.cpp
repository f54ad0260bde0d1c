// Answers that come later, and who waits for them: clients that go, many at once, servers that stop.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

using std::chrono::milliseconds;

/// A person's, as the request itself says: "/later?as=ana".
ServerSettings of_persons(std::size_t workers) {
  ServerSettings settings;
  settings.workers = workers;
  settings.judge = [](const Request& head) {
    return Judgement{.share = {.name = std::string(head.query_value("as").value_or("")), .many = false}};
  };
  return settings;
}

// ---- Clients that go.

TEST(LaterClients, IsNotWantedOnceItsClientHasGoneAndThenMayBeDroppedOrSent) {
  testing::internal::CaptureStderr();
  {
    TestServer server({}, Log("http", LogLevel::kWarning));
    std::vector<std::shared_ptr<Reply>> replies;
    for (int i = 0; i < 3; ++i) {
      auto client = server.connect();
      client.send(post("/later", std::string(1'000, 'x')));
      replies.push_back(next_reply(server));
      client.reset();
      EXPECT_TRUE(eventually([&] { return !replies.back()->wanted(); }));
    }
    EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
    EXPECT_EQ(server.server().load().later, 3U) << "it counts for its share until it is done";
    replies[0]->send({.body = "late"});
    replies[1]->fail("it broke");
    replies.clear();
    EXPECT_TRUE(eventually([&] { return server.server().load().abandoned == 1; }));
    expect_nothing_is_owed(server);
    expect_still_serving(server);
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
  EXPECT_NE(log.find("it broke"), std::string::npos) << "a fault is one whoever waits for it: " << log;
}

TEST(LaterClients, WhoHasOnlyClosedTheirSideIsAnsweredIfSomebodyMakesTheAnswer) {
  Limits limits;
  limits.abandoned_timeout = milliseconds(20);
  testing::internal::CaptureStderr();
  {
    TestServer server(with(limits), Log("http", LogLevel::kWarning));
    auto client = server.connect();
    client.send(get("/later"));
    const auto begun = next_reply(server);
    client.end_sending();
    EXPECT_TRUE(eventually([&] { return !begun->wanted(); })) << "what is not begun now need not be";
    begun->send({.body = "begun before"});
    EXPECT_EQ(client.read_response().body, "begun before");
    EXPECT_TRUE(client.closed_by_peer());

    auto other = server.connect();
    other.send(get("/later"));
    auto not_begun = next_reply(server);
    EXPECT_TRUE(not_begun->wanted());
    other.end_sending();
    EXPECT_TRUE(eventually([&] { return !not_begun->wanted(); }));
    not_begun.reset();
    EXPECT_EQ(other.read_to_end(), "");
    EXPECT_EQ(server.server().load().abandoned, 1U);
    EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
    expect_nothing_is_owed(server);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(LaterClients, ItsRequestIsHeldUntilItEndsHoweverItEnds) {
  Limits limits;
  limits.held_bytes_per_peer = 1'500'000;
  TestServer server(with(limits));
  const std::string body(900'000, 'x');
  const auto beside = [&] {
    auto client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n");
    return client.read_head().status;  // 100, or refused before it is sent
  };
  const std::vector<std::function<void(std::shared_ptr<Reply>, RawClient&)>> ends = {
      [](const auto& reply, auto& client) {
        reply->send({.body = "taken"});
        EXPECT_EQ(client.read_response().body, "taken");
      },
      [](auto reply, auto& client) {
        reply.reset();
        EXPECT_EQ(client.read_response().status, 500);
      },
      [](const auto& reply, auto& client) {
        client.reset();
        EXPECT_TRUE(eventually([&] { return !reply->wanted(); }));
      },
  };
  for (const auto& end : ends) {
    auto client = server.connect();
    client.send(post("/later", body));
    auto reply = next_reply(server);
    EXPECT_EQ(beside(), 503) << "beside it there is no room";
    end(std::move(reply), client);
    EXPECT_TRUE(eventually([&] { return beside() == 100; }));
  }
  expect_nothing_is_owed(server);
}

TEST(LaterClients, WhoHasClosedTheirSideWhileTheHandlerRanIsNotWaitedForEither) {
  Limits limits;
  limits.abandoned_timeout = milliseconds(20);
  TestServer server(with(limits));
  auto client = server.connect();
  client.send(get("/later-after-the-gate"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  client.end_sending();
  std::this_thread::sleep_for(milliseconds(100));  // now, most likely, the time is over
  server.gate.open();
  auto reply = next_reply(server);
  EXPECT_TRUE(eventually([&] { return !reply->wanted(); }));
  reply.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

// ---- Many, and beside others.

TEST(LaterClients, HundredsOfThemLeaveTwoWorkersToOrdinaryRequests) {
  constexpr std::size_t kMany = 200;
  TestServer server(with({}, 2));
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < kMany; ++i) {
    clients.push_back(server.connect());
    clients.back().send(post("/later", std::to_string(i)));
  }
  ASSERT_TRUE(eventually([&] { return server.reply_count() == kMany; }));
  EXPECT_TRUE(eventually([&] { return server.server().load().later == kMany; }));
  EXPECT_EQ(server.server().load().queued, 0U);
  expect_still_serving(server);
  std::vector<std::thread> senders;
  for (int thread = 0; thread < 4; ++thread) {
    senders.emplace_back([&] {
      for (std::size_t i = 0; i < kMany / 4; ++i) {
        const auto [body, reply] = server.take_reply();
        reply->send({.body = "answer " + body});
      }
    });
  }
  for (int i = 0; i < 20; ++i) expect_still_serving(server);
  for (auto& sender : senders) sender.join();
  for (std::size_t i = 0; i < kMany; ++i)
    ASSERT_EQ(clients[i].read_response().body, "answer " + std::to_string(i));
  expect_nothing_is_owed(server);
}

TEST(LaterClients, WhoIsOwedManyWaitsAndKeepsNobodyElseFromBeingAnswered) {
  TestServer server(of_persons(2));
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(server.connect());
    clients.back().send(post("/later?as=ana", std::to_string(i)));
  }
  ASSERT_TRUE(eventually([&] { return server.reply_count() == 16 && server.server().load().queued == 4; }));
  auto other = server.connect();
  for (const auto* path : {"/hello?as=ben", "/later-at-once?as=ben"}) {
    other.send(get(path));
    EXPECT_EQ(other.read_response().status, 200);
  }
  EXPECT_EQ(server.server().load().queued, 4U) << "ana has as many as she may";
  for (int i = 0; i < 20; ++i) next_reply(server)->send({.body = "one"});
  for (auto& client : clients) EXPECT_EQ(client.read_response().body, "one");
  expect_nothing_is_owed(server);
  auto again = server.connect();
  again.send(get("/hello?as=ana"));
  EXPECT_EQ(again.read_response().body, "hello");
}

TEST(LaterClients, AShareIsFreeAgainAfterClientsThatWent) {
  TestServer server(of_persons(2));
  for (int round = 0; round < 3; ++round) {
    std::vector<std::shared_ptr<Reply>> replies;
    for (int i = 0; i < 16; ++i) {
      auto client = server.connect();
      client.send(get("/later?as=ana"));
      replies.push_back(next_reply(server));
      client.reset();
    }
    auto client = server.connect();
    client.send(get("/hello?as=ana"));
    ASSERT_TRUE(eventually([&] { return server.server().load().queued == 1; }));
    for (const auto& reply : replies) ASSERT_TRUE(eventually([&] { return !reply->wanted(); }));
    replies.clear();
    EXPECT_EQ(client.read_response().body, "hello");
    expect_nothing_is_owed(server);
  }
}

// ---- Servers that stop.

TEST(LaterClients, StopWaitsForAnswersWithinTheGrace) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/later"));
  const auto reply = next_reply(server);
  auto idle = server.connect();
  std::thread stopping([&] { server.server().stop(kPatience); });
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_TRUE(reply->wanted());
  reply->send({.body = "in time"});
  const auto response = client.read_response();
  EXPECT_EQ(response.body, "in time");
  EXPECT_EQ(response.header("Connection"), "close");
  stopping.join();
  EXPECT_EQ(server.server().load().connections, 0U);
}

TEST(LaterClients, WhatIsAnsweredAfterTheGraceOrTheServerIsLostAndHarmsNothing) {
  std::vector<std::shared_ptr<Reply>> replies;
  {
    TestServer server;
    std::vector<RawClient> clients;
    for (int i = 0; i < 6; ++i) {
      clients.push_back(server.connect());
      clients.back().send(get("/later"));
      replies.push_back(next_reply(server));
    }
    server.server().stop(milliseconds(1));
    for (auto& client : clients) EXPECT_TRUE(client.closed_by_peer());
    for (const auto& reply : replies) EXPECT_FALSE(reply->wanted());
    replies[0]->send({.body = "late"});
    replies[1].reset();
    replies[2]->fail("late");
  }
  EXPECT_FALSE(replies[3]->wanted());
  replies[0]->send({.body = "twice"});
  replies[3]->send({.body = "later still"});
  replies[4]->fail("later still");
  replies.clear();
}

TEST(LaterClients, AnswersMayComeWhileTheServerStops) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::shared_ptr<Reply>> replies;
    std::vector<RawClient> clients;
    TestServer server;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(server.connect());
      clients.back().send(get("/later"));
      replies.push_back(next_reply(server));
    }
    std::thread sender([&] {
      for (std::size_t i = 0; i < replies.size(); ++i) {
        i % 3 == 0 ? replies[i].reset() : replies[i]->send({.body = "whenever"});
      }
    });
    server.server().stop(milliseconds(0));
    sender.join();
    EXPECT_EQ(server.server().load().connections, 0U);
  }
}

}  // namespace
}  // namespace berth::http
