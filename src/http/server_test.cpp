// The everyday life of a server, over raw sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/clock.hpp"
#include "http/test_server.hpp"

namespace berth::http {
namespace {

TEST(Server, AnswersWithTheHeadersItOwns) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/hello"));
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("Content-Length"), "5");
  EXPECT_EQ(response.header("Content-Type"), "text/plain");
  EXPECT_TRUE(response.header("Date").ends_with(" GMT"));
  EXPECT_TRUE(is_uuid(response.header("X-Request-Id"))) << response.header("X-Request-Id");
  EXPECT_EQ(response.header("Connection"), "");
}

TEST(Server, TakesOverAWellFormedRequestIdAndMakesItsOwnForOthers) {
  TestServer server;
  auto client = server.connect();
  client.send("GET /peer HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-1.2_b\r\n\r\n");
  auto response = client.read_response();
  EXPECT_EQ(response.header("X-Request-Id"), "trace-1.2_b");
  EXPECT_EQ(response.body, "127.0.0.1 trace-1.2_b");
  client.send("GET /peer HTTP/1.1\r\nHost: a\r\nX-Request-Id: two words\r\n\r\n");
  response = client.read_response();
  EXPECT_TRUE(is_uuid(response.header("X-Request-Id")));
}

TEST(Server, KeepsTheConnectionForTheNextRequest) {
  TestServer server;
  auto client = server.connect();
  for (int i = 0; i < 50; ++i) {
    const auto body = "number " + std::to_string(i);
    ASSERT_TRUE(client.send(post("/echo", body)));
    ASSERT_EQ(client.read_response().body, body);
  }
  EXPECT_EQ(server.server().load().connections, 1U);
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  TestServer server;
  auto client = server.connect();
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto response = client.read_response();
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Server, SpeaksToHttp10ClientsAsTheyExpect) {
  TestServer server;
  auto closing = server.connect();
  closing.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(closing.read_response().body, "hello");
  EXPECT_TRUE(closing.closed_by_peer());
  auto keeping = server.connect();
  keeping.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(keeping.read_response().header("Connection"), "keep-alive");
  keeping.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(keeping.read_response().body, "hello");
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  TestServer server;
  auto client = server.connect();
  std::string all;
  for (int i = 0; i < 200; ++i) all += post("/echo", std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read_response().body, std::to_string(i));
}

TEST(Server, PassesOverEmptyLinesBeforeARequest) {
  TestServer server;
  auto client = server.connect();
  client.send("\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Server, AnswersHeadWithTheLengthAndNoBody) {
  TestServer server;
  auto client = server.connect();
  client.send("HEAD /big HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = client.read_response(true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Length"), std::to_string(kBigBytes));
  client.send(get("/hello"));  // had a body been sent, it would be read as this answer
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Server, AnswersHeadOfAStreamWithoutOpeningIt) {
  TestServer server;
  auto client = server.connect();
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response(true).header("Transfer-Encoding"), "chunked");
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
  EXPECT_EQ(server.stream_count(), 0U);
}

TEST(Server, SendsNoBodyAndNoLengthWith204) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/empty"));
  const auto response = client.read_head();
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("Content-Length"), "");
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Server, SendsALargeAnswerWhole) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/big"));
  const auto response = client.read_response();
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body.size(), kBigBytes);
}

TEST(Server, ReadsChunkedBodiesAndDropsTheFieldsBehindThem) {
  TestServer server;
  auto client = server.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n7;note=x\r\n, world\r\n0\r\nX-Trailer: y\r\n\r\n" +
      get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello, world");
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Server, ReadsARequestThatComesByteByByte) {
  TestServer server;
  auto client = server.connect();
  for (const char c : post("/echo", "slow")) ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.read_response().body, "slow");
}

TEST(Server, SaysContinueWhenItIsExpectedAndOnlyThen) {
  TestServer server;
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 100);
  client.send("body");
  EXPECT_EQ(client.read_response().body, "body");
  // The body is there already: nobody waits for the word.
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
  EXPECT_EQ(client.read_response().status, 200);
}

TEST(Server, AnswersAClientThatHasClosedItsSide) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/wait"));
  client.end_sending();
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  server.gate.open();
  EXPECT_EQ(client.read_response().body, "waited");
  EXPECT_TRUE(client.closed_by_peer());
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
}

TEST(Server, SurvivesClientsThatResetWhileTheirRequestIsHandled) {
  TestServer server;
  for (int i = 0; i < 4; ++i) {
    auto client = server.connect();
    client.send(get("/wait"));
    ASSERT_TRUE(eventually([&] { return server.gate.waiting() == i + 1; }));
    client.reset();
  }
  server.gate.open();
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
  auto client = server.connect();
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Server, AnswersAnExceptionWith500AndLogsItUnderTheRequestId) {
  testing::internal::CaptureStderr();
  RawResponse thrown;
  RawResponse broken;
  {
    TestServer server({}, Log("http", LogLevel::kInfo));
    auto client = server.connect();
    client.send("GET /throw?token=hidden HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-7\r\n\r\n");
    thrown = client.read_response();
    client.send("GET /broken-header HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-8\r\n\r\n");
    broken = client.read_response();
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(thrown.status, 500);
  EXPECT_TRUE(thrown.body.starts_with(error_text(500))) << thrown.body;
  EXPECT_EQ(thrown.body.find("fault of the handler"), std::string::npos);
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.header("Set-Cookie"), "");
  EXPECT_NE(log.find(R"("request_id":"trace-7","method":"GET","path":"/throw","fault":"the handler threw")"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("a fault of the handler"), std::string::npos) << log;
  EXPECT_NE(log.find("trace-8"), std::string::npos) << log;
  EXPECT_EQ(log.find("hidden"), std::string::npos) << log;
}

TEST(Server, LogsOneLineForEachRequestWithoutItsQuery) {
  testing::internal::CaptureStderr();
  {
    TestServer server({}, Log("http", LogLevel::kDebug));
    auto client = server.connect();
    client.send("GET /hello?secret=1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-9\r\n\r\n");
    client.read_response();
    client.send("nonsense\r\n\r\n");
    client.read_response();
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
  EXPECT_NE(log.find(R"("message":"request","method":"GET","path":"/hello","status":200,"duration_ms":)"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find(R"("request_id":"trace-9","peer":"127.0.0.1")"), std::string::npos) << log;
  EXPECT_NE(log.find(R"("status":400)"), std::string::npos) << log;
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
}

TEST(Server, KnowsWhoAsksWhereTheOtherEndSpeaksForOthers) {
  testing::internal::CaptureStderr();
  std::string told;
  {
    ServerSettings settings;
    settings.peer_of = [](const Request& request) {
      return std::string(request.header("X-From").value_or("nobody")) + " by " + request.peer;
    };
    TestServer server(std::move(settings), Log("http", LogLevel::kDebug));
    auto client = server.connect();
    client.send("GET /peer HTTP/1.1\r\nHost: a\r\nX-From: 203.0.113.9\r\nX-Request-Id: trace-10\r\n\r\n");
    told = client.read_response().body;
    client.send("nonsense\r\n\r\n");
    client.read_response();
  }
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(told, "203.0.113.9 by 127.0.0.1 trace-10");
  EXPECT_NE(log.find(R"("peer":"203.0.113.9 by 127.0.0.1")"), std::string::npos) << log;
  EXPECT_NE(log.find(R"("peer":"127.0.0.1")"), std::string::npos) << "what was not read: " << log;
}

TEST(Server, AnswersReservedPathsWhileAllWorkersAreBusyAndTheirQueueIsFull) {
  ServerSettings settings;
  settings.workers = 1;
  settings.limits.queued_requests = 1;
  settings.reserved_paths = {"/hello", "/peer"};
  settings.judge = [](const Request& head) {
    return Judgement{.share = {.name = std::string(head.query_value("as").value_or("")), .many = false}};
  };
  TestServer server(std::move(settings));
  auto running = server.connect();
  running.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  auto waiting = server.connect();
  waiting.send(post("/echo", "later"));
  ASSERT_TRUE(eventually([&] { return server.server().load().queued == 1; }));
  auto probe = server.connect();
  probe.send(post("/echo?as=another", "too much"));
  EXPECT_EQ(probe.read_response().status, 503);
  probe.send(get("/hello?verbose=1"));
  EXPECT_EQ(probe.read_response().body, "hello");
  probe.send(get("/peer"));
  EXPECT_EQ(probe.read_response().status, 200);
  server.gate.open();
  EXPECT_EQ(running.read_response().body, "waited");
  EXPECT_EQ(waiting.read_response().body, "later");
}

TEST(Server, AReservedPathDoesNotWaitForAnotherOne) {
  ServerSettings settings;
  settings.reserved_paths = {"/hello", "/wait"};
  TestServer server(std::move(settings));
  auto slow = server.connect();
  slow.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  auto queued = server.connect();
  queued.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.server().load().queued == 1; })) << "it has one worker";
  auto probe = server.connect();
  probe.send(get("/hello"));
  EXPECT_EQ(probe.read_response().body, "hello");
  server.gate.open();
  EXPECT_EQ(slow.read_response().body, "waited");
  EXPECT_EQ(queued.read_response().body, "waited");
}

TEST(Server, RefusesToStartWhereItCannotListen) {
  TestServer first;
  const auto start = [](ServerSettings settings) {
    return Server::start(
        std::move(settings), [](const Request&) { return Response{}; }, ErrorBody{}, Log::silent());
  };
  const auto taken =
      start({.address = "127.0.0.1", .port = first.port(), .workers = 1, .limits = {}, .tls = {}});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::kUnavailable);
  EXPECT_NE(taken.error().message.find(std::to_string(first.port())), std::string::npos);
  const auto no_address = start({.address = "localhost", .port = 0, .workers = 1, .limits = {}, .tls = {}});
  ASSERT_FALSE(no_address);
  EXPECT_EQ(no_address.error().fields.at(0).field, "address");
  const auto no_workers = start({.address = "127.0.0.1", .port = 0, .workers = 0, .limits = {}, .tls = {}});
  ASSERT_FALSE(no_workers);
  EXPECT_EQ(no_workers.error().fields.at(0).field, "workers");
}

TEST(Server, StopLetsARunningRequestEndAndTakesNoNewOnes) {
  TestServer server;
  auto idle = server.connect();
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read_response().status, 200);
  auto client = server.connect();
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  std::thread stopping([&] { server.server().stop(kPatience); });
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_THROW(server.connect(), std::runtime_error);
  server.gate.open();
  const auto response = client.read_response();
  EXPECT_EQ(response.body, "waited");
  EXPECT_EQ(response.header("Connection"), "close");
  stopping.join();
  EXPECT_EQ(server.server().load().connections, 0U);
}

TEST(Server, StopLosesNoRequestThatIsOnItsWay) {
  TestServer server(with({.farewell_timeout = kPatience}));
  auto idle = server.connect();
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read_response().status, 200);
  auto halfway = server.connect();
  halfway.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
  auto busy = server.connect();
  busy.send(get("/wait"));
  ASSERT_TRUE(
      eventually([&] { return server.gate.waiting() == 1 && server.server().load().connections == 3; }));
  std::thread stopping([&] { server.server().stop(kPatience); });
  EXPECT_TRUE(eventually([&] {
    try {
      server.connect();
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  // What was sent before its client could know is answered, and is the last of its connection.
  idle.send(get("/hello"));
  const auto last = idle.read_response();
  EXPECT_EQ(last.body, "hello");
  EXPECT_EQ(last.header("Connection"), "close");
  EXPECT_TRUE(idle.closed_by_peer());
  halfway.send("def");
  EXPECT_EQ(halfway.read_response().body, "abcdef");
  EXPECT_TRUE(halfway.closed_by_peer());
  server.gate.open();
  EXPECT_EQ(busy.read_response().body, "waited");
  stopping.join();
  EXPECT_EQ(server.server().load().connections, 0U);
}

TEST(Server, StopCutsWhatOutlivesTheGrace) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  std::thread stopping([&] { server.server().stop(std::chrono::milliseconds(1)); });
  EXPECT_TRUE(client.closed_by_peer());
  server.gate.open();  // the thread itself is waited for, whatever it takes
  stopping.join();
  EXPECT_EQ(server.server().load().connections, 0U);
}

TEST(Server, MayBeStoppedTwice) {
  TestServer server;
  server.server().stop(std::chrono::milliseconds(0));
  server.server().stop(std::chrono::milliseconds(0));
  EXPECT_THROW(server.connect(), std::runtime_error);
}

}  // namespace
}  // namespace berth::http
