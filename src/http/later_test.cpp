// Answers that come later: from other threads, whole or faulty.
#include "http/later.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "http/core.hpp"
#include "http/test_server.hpp"

namespace berth::http {
namespace {

TEST(Later, IsAnsweredFromAnotherThreadWhileItsOnlyWorkerDoesOtherThings) {
  TestServer server(with({}, 1));
  auto client = server.connect();
  client.send(get("/later"));
  const auto reply = next_reply(server);
  EXPECT_TRUE(reply->wanted());
  EXPECT_TRUE(eventually([&] { return server.server().load().later == 1; }));
  expect_still_serving(server);
  std::thread([&] {
    reply->send({.status = 201, .headers = {{"X-By", "another"}}, .body = "later"});
  }).join();
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "later");
  EXPECT_EQ(response.header("X-By"), "another");
  EXPECT_EQ(response.header("Content-Length"), "5");
  EXPECT_FALSE(reply->wanted()) << "it is answered";
  EXPECT_EQ(server.server().load().later, 0U);
}

TEST(Later, MayBeSentFromWhereItIs) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/later"));
  next_reply(server)->send({.shared_body = shared_bytes()});
  EXPECT_EQ(client.read_response().body, shared_bytes());
}

TEST(Later, MayBeAnsweredBeforeItIsHandedOn) {
  TestServer server(with({}, 1));
  auto client = server.connect();
  for (int i = 0; i < 50; ++i) {
    client.send(get("/later-at-once"));
    ASSERT_EQ(client.read_response().body, "at once") << i;
  }
  expect_nothing_is_owed(server);
}

TEST(Later, KeepsTheConnectionForOneAfterTheOther) {
  TestServer server;
  auto client = server.connect();
  for (int i = 0; i < 20; ++i) {
    client.send(post("/later", std::to_string(i)));
    ASSERT_TRUE(eventually([&] { return server.reply_count() == 1; }));
    const auto [body, reply] = server.take_reply();
    ASSERT_EQ(body, std::to_string(i));
    reply->send({.body = "answer " + body});
    const auto response = client.read_response();
    ASSERT_EQ(response.body, "answer " + body);
    ASSERT_EQ(response.header("Connection"), "");
  }
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Later, PipelinedRequestsAreAnsweredInTheirOrder) {
  TestServer server;
  auto client = server.connect();
  client.send(post("/later", "1") + get("/hello") + post("/later", "2") + get("/later-at-once"));
  const auto first = next_reply(server);
  EXPECT_EQ(server.handled(), 1) << "the next one is begun when this one is answered";
  first->send({.body = "first"});
  const auto second = next_reply(server);
  second->send({.body = "second"});
  for (const auto* body : {"first", "hello", "second", "at once"})
    EXPECT_EQ(client.read_response().body, body);
}

TEST(Later, IsForHeadTooWithoutItsBody) {
  TestServer server;
  auto client = server.connect();
  client.send("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n");
  next_reply(server)->send({.body = "later"});
  EXPECT_EQ(client.read_response(true).header("Content-Length"), "5");
  client.send(get("/hello"));  // had a body been sent, it would be read as this answer
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Later, EndsTheConnectionOfHttp10) {
  TestServer server;
  auto client = server.connect();
  client.send("GET /later HTTP/1.0\r\n\r\n");
  next_reply(server)->send({.body = "later"});
  EXPECT_EQ(client.read_response().body, "later");
  EXPECT_TRUE(client.closed_by_peer());
}

/// What the log has after each of these, and the answer.
struct Fault {
  std::string_view what;
  std::function<void(TestServer&, RawClient&)> happens;
  std::string_view logged;
};

TEST(Later, EveryFaultOfAnAnswerIs500AndLoggedUnderTheRequestId) {
  const auto ask = [](RawClient& client, const std::string& path) {
    client.send("POST " + path +
                " HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-5\r\nContent-Length: 0\r\n\r\n");
  };
  const auto answered = [&](std::function<void(std::shared_ptr<Reply>)> how) {
    return [&ask, how = std::move(how)](TestServer& server, RawClient& client) {
      ask(client, "/later");
      how(next_reply(server));
    };
  };
  const std::vector<Fault> faults = {
      {"dropped at once", [&](TestServer&, RawClient& client) { ask(client, "/later-dropped"); },
       "the answer was never given"},
      {"dropped", answered([](const auto&) {}), "the answer was never given"},
      {"failed", answered([](const auto& reply) { reply->fail("no bread left"); }), "no bread left"},
      {"a stream",
       answered([](const auto& reply) { reply->send({.on_stream = [](const std::shared_ptr<Stream>&) {}}); }),
       "has to be a plain one"},
      {"later still",
       answered([](const auto& reply) { reply->send({.on_later = [](const std::shared_ptr<Reply>&) {}}); }),
       "has to be a plain one"},
      {"a broken header",
       answered([](const auto& reply) { reply->send({.headers = {{"X-Name", "a\r\nSet-Cookie: b"}}}); }),
       "a control character"},
      {"a change that throws", answered([](const auto& reply) {
         mapped(reply, [](const Response&) -> Response { throw std::runtime_error("no change"); })->send({});
       }),
       "no change"},
      {"thrown by the handler", [&](TestServer&, RawClient& client) { ask(client, "/later-that-throws"); },
       "a fault of the handler of a later answer"},
  };
  for (const auto& fault : faults) {
    testing::internal::CaptureStderr();
    {
      TestServer server({}, Log("http", LogLevel::kWarning));
      auto client = server.connect();
      fault.happens(server, client);
      const auto response = client.read_response();
      EXPECT_EQ(response.status, 500) << fault.what;
      EXPECT_EQ(response.body, error_text(500) + std::string(kFault)) << fault.what;
      EXPECT_EQ(response.header("Set-Cookie"), "") << fault.what;
      client.send(get("/hello"));
      EXPECT_EQ(client.read_response().body, "hello") << fault.what;
      expect_nothing_is_owed(server);
    }
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 1) << fault.what << ": " << log;
    EXPECT_NE(log.find(R"("request_id":"trace-5","method":"POST","path":"/later)"), std::string::npos) << log;
    EXPECT_NE(log.find(fault.logged), std::string::npos) << fault.what << ": " << log;
  }
}

TEST(Later, ASecondAnswerIsLoggedAndHarmsNoOtherRequest) {
  testing::internal::CaptureStderr();
  {
    TestServer server({}, Log("http", LogLevel::kWarning));
    auto client = server.connect();
    client.send("GET /later HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-6\r\n\r\n");
    const auto first = next_reply(server);
    first->send({.body = "first"});
    EXPECT_EQ(client.read_response().body, "first");
    client.send(get("/later"));
    const auto second = next_reply(server);
    first->send({.body = "first again"});
    first->fail("and once more");
    expect_still_serving(server);
    second->send({.body = "second"});
    EXPECT_EQ(client.read_response().body, "second");
    expect_nothing_is_owed(server);
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
  EXPECT_NE(log.find(R"("request_id":"trace-6")"), std::string::npos) << log;
  EXPECT_NE(log.find("answered twice"), std::string::npos) << log;
  EXPECT_NE(log.find("and once more"), std::string::npos) << log;
}

TEST(Later, OneLineOfTheLogHasTheTimeItTook) {
  testing::internal::CaptureStderr();
  {
    TestServer server({}, Log("http", LogLevel::kDebug));
    auto client = server.connect();
    client.send(get("/later"));
    const auto reply = next_reply(server);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reply->send({.body = "later"});
    EXPECT_EQ(client.read_response().body, "later");
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
  const std::string_view key = R"("path":"/later","status":200,"duration_ms":)";
  const auto at = log.find(key);
  ASSERT_NE(at, std::string::npos) << log;
  EXPECT_GE(std::stod(log.substr(at + key.size())), 20.0) << log;
}

// ---- An answer that is changed on its way.

class KeptReply final : public Reply {
 public:
  struct Seen {
    std::vector<Response> sent;
    std::vector<std::string> failed;
    bool wanted = true;
    bool dropped = false;
  };
  explicit KeptReply(Seen& seen) : seen_(seen) {}
  ~KeptReply() override { seen_.dropped = true; }
  KeptReply(const KeptReply&) = delete;
  KeptReply& operator=(const KeptReply&) = delete;
  void send(Response response) override { seen_.sent.push_back(std::move(response)); }
  void fail(std::string what) override { seen_.failed.push_back(std::move(what)); }
  bool wanted() const override { return seen_.wanted; }

 private:
  Seen& seen_;
};

TEST(MappedReply, ChangesTheAnswerOnceAndPassesOnEverythingElse) {
  KeptReply::Seen seen;
  int changed = 0;
  auto reply = mapped(std::make_shared<KeptReply>(seen), [&](Response response) {
    ++changed;
    response.headers.emplace_back("X-Changed", "yes");
    return response;
  });
  EXPECT_TRUE(reply->wanted());
  seen.wanted = false;
  EXPECT_FALSE(reply->wanted());
  reply->send({.status = 201, .body = "first"});
  reply->send({.status = 202});
  reply->fail("late");
  ASSERT_EQ(seen.sent.size(), 2U);
  EXPECT_EQ(seen.sent[0].status, 201);
  EXPECT_EQ(seen.sent[0].body, "first");
  EXPECT_EQ(find_header(seen.sent[0].headers, "X-Changed"), "yes");
  EXPECT_EQ(seen.sent[1].status, 202) << "which is for the reply itself to refuse";
  EXPECT_EQ(seen.failed, std::vector<std::string>{"late"});
  EXPECT_EQ(changed, 1);
  EXPECT_FALSE(seen.dropped);
  reply.reset();
  EXPECT_TRUE(seen.dropped);
}

TEST(MappedReply, AChangeThatThrowsFailsIt) {
  KeptReply::Seen seen;
  const auto reply = mapped(std::make_shared<KeptReply>(seen),
                            [](const Response&) -> Response { throw std::runtime_error("no change"); });
  reply->send({});
  EXPECT_TRUE(seen.sent.empty());
  EXPECT_EQ(seen.failed, std::vector<std::string>{"no change"});
}

}  // namespace
}  // namespace berth::http
