// Hostile and unlucky clients, over raw sockets. Each must get an answer it can read, and none may harm
// another.
#include <gtest/gtest.h>

#include <thread>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kOneMiB = 1024 * 1024;

/// The answer is the application's, says that the connection ends, and it does.
void expect_refusal(RawClient& client, int status, std::string_view what) {
  const auto response = client.read_response();
  EXPECT_EQ(response.status, status) << what;
  EXPECT_TRUE(response.complete) << what;
  EXPECT_TRUE(response.body.starts_with(error_text(status))) << what << ": " << response.body;
  EXPECT_EQ(response.header("Content-Type"), "text/x-error") << what;
  EXPECT_EQ(response.header("Connection"), "close") << what;
  EXPECT_NE(response.header("X-Request-Id"), "") << what;
  EXPECT_EQ(client.read_to_end(), "") << what;  // and nothing hidden in the request was answered
}

TEST(Limits, BrokenRequestsGet400) {
  const std::string rest = "\r\nHost: a\r\n\r\n";
  const std::string hidden = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto with_headers = [&](const std::string& headers, const std::string& body) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body + hidden;
  };
  const std::vector<std::pair<std::string, std::string>> requests = {
      {"nonsense", "nonsense\r\n\r\n"},
      {"TLS on a plain port", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
      {"no version", "GET /hello\r\n\r\n"},
      {"two spaces", "GET  /hello HTTP/1.1" + rest},
      {"space before the method", " GET /hello HTTP/1.1" + rest},
      {"absolute form", "GET http://a/hello HTTP/1.1" + rest},
      {"asterisk form", "OPTIONS * HTTP/1.1" + rest},
      {"authority form", "CONNECT a:443 HTTP/1.1" + rest},
      {"NUL in the path", "GET /hel%00lo HTTP/1.1" + rest},
      {"bad percent", "GET /hel%zzlo HTTP/1.1" + rest},
      {"dot segments", "GET /a/../hello HTTP/1.1" + rest},
      {"encoded dot segments", "GET /a/%2e%2E/hello HTTP/1.1" + rest},
      {"no Host", "GET /hello HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"a path as Host", "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"folded header", with_headers("X-A: b\r\n c\r\n", "")},
      {"folded by a tab", with_headers("X-A: b\r\n\tContent-Length: 5\r\n", "")},
      {"folded first header", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"space before the colon", with_headers("X-A : b\r\n", "")},
      {"space before the colon of a length", with_headers("Content-Length : 5\r\n", "hello")},
      {"header without a name", with_headers(": b\r\n", "")},
      {"header without a colon", with_headers("X-A\r\n", "")},
      {"line feed alone", "GET /hello HTTP/1.1\nHost: a\n\n"},
      {"line feed alone in the middle", with_headers("X-A: b\nX-B: c\r\n", "")},
      {"carriage return alone", with_headers("X-A: b\rX-B: c\r\n", "")},
      {"NUL in a header", with_headers(std::string("X-A: b\0c\r\n", 10), "")},
      {"two lengths", with_headers("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"the same length twice", with_headers("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"a list of lengths", with_headers("Content-Length: 5, 5\r\n", "hello")},
      {"length with a sign", with_headers("Content-Length: +5\r\n", "hello")},
      {"negative length", with_headers("Content-Length: -5\r\n", "hello")},
      {"length in hex", with_headers("Content-Length: 0x5\r\n", "hello")},
      {"empty length", with_headers("Content-Length:\r\n", "hello")},
      {"length beyond 64 bits", with_headers("Content-Length: 99999999999999999999\r\n", "hello")},
      {"length and encoding",
       with_headers("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"encoding and length",
       with_headers("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"unknown encoding and length", with_headers("Transfer-Encoding: x\r\nContent-Length: 5\r\n", "hello")},
      {"xchunked", with_headers("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"gzip, chunked", with_headers("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice", with_headers("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"two encodings",
       with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"quoted chunked", with_headers("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"chunked with a vertical tab", with_headers("Transfer-Encoding: \x0b"
                                                   "chunked\r\n",
                                                   "0\r\n\r\n")},
      {"identity", with_headers("Transfer-Encoding: identity\r\n", "")},
      {"chunked in 1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunk size that is no number", with_headers("Transfer-Encoding: chunked\r\n", "zz\r\n")},
      {"negative chunk size", with_headers("Transfer-Encoding: chunked\r\n", "-1\r\n")},
      {"chunk longer than its size", with_headers("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n")},
      {"chunk size beyond 64 bits", with_headers("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n")},
      {"line feed alone behind a chunk size",
       with_headers("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")},
  };
  TestServer server;
  for (const auto& [what, bytes] : requests) {
    auto client = server.connect();
    ASSERT_TRUE(client.send(bytes)) << what;
    expect_refusal(client, 400, what);
  }
  expect_still_serving(server);
}

TEST(Limits, WhatIsNotSpokenHereHasAStatusOfItsOwn) {
  TestServer server;
  const std::vector<std::pair<std::string, int>> requests = {
      {"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"Get /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n", 417},
  };
  for (const auto& [bytes, status] : requests) {
    auto client = server.connect();
    client.send(bytes);
    expect_refusal(client, status, bytes);
  }
}

TEST(Limits, TenThousandHeadersGet431) {
  TestServer server;
  std::string head = "GET /hello HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 10'000; ++i) head += "X-Header-" + std::to_string(i) + ": value\r\n";
  auto client = server.connect();
  ASSERT_TRUE(client.send(head + "\r\n"));
  expect_refusal(client, 431, "10,000 headers");
}

TEST(Limits, OneHeaderTooManyGets431AlthoughItsBytesFit) {
  TestServer server;
  const auto head = [](int headers) {
    std::string text = "GET /hello HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < headers; ++i) text += "a:b\r\n";
    return text + "\r\n";
  };
  auto client = server.connect();
  client.send(head(100));
  EXPECT_EQ(client.read_response().status, 200);
  client.send(head(101));
  expect_refusal(client, 431, "101 headers");
}

TEST(Limits, OneLargeHeaderGets431) {
  TestServer server;
  auto client = server.connect();
  ASSERT_TRUE(client.send("GET /hello HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(3 * kOneMiB, 'c')));
  expect_refusal(client, 431, "3 MiB of cookie");
}

TEST(Limits, ATooLongTargetGets414) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/" + std::string(9'000, 'x')));
  expect_refusal(client, 414, "a target of 9,001 bytes");
  auto endless = server.connect();
  ASSERT_TRUE(endless.send("GET /" + std::string(3 * kOneMiB, 'x')));
  expect_refusal(endless, 414, "a target of 3 MiB");
}

TEST(Limits, AHundredMegabytesOfBodyGet413AndTheSenderCanReadIt) {
  TestServer server;
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n");
  const std::string piece(kOneMiB, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(piece)) << i;
  expect_refusal(client, 413, "100 MiB by Content-Length");
}

TEST(Limits, AHundredMegabytesInChunksGet413AndTheSenderCanReadIt) {
  TestServer server;
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto piece = "10000\r\n" + std::string(64 * 1024, 'x') + "\r\n";
  for (int i = 0; i < 1600; ++i) ASSERT_TRUE(client.send(piece)) << i;
  expect_refusal(client, 413, "100 MiB in chunks");
}

TEST(Limits, ATooLargeBodyIsAnsweredBeforeItIsSent) {
  TestServer server;
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\nExpect: 100-continue\r\n\r\n");
  expect_refusal(client, 413, "with Expect");
}

TEST(Limits, WhatIsThrownAwayAfterARefusalHasALimit) {
  Limits limits;
  limits.drain_bytes = kOneMiB;
  TestServer server(with(limits));
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1099511627776\r\n\r\n");
  const std::string piece(kOneMiB, 'x');
  int pieces = 0;
  while (pieces < 1024 && client.send(piece)) ++pieces;
  EXPECT_LT(pieces, 64);  // the limit and what the kernels hold in between
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
}

TEST(Limits, AClientThatDoesNotCloseAfterTheLastAnswerIsClosed) {
  Limits limits;
  limits.drain_timeout = milliseconds(50);
  TestServer server(with(limits));
  auto client = server.connect();
  client.send("nonsense\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
}

TEST(Limits, ABodyOfExactlyTheLimitIsTaken) {
  TestServer server;
  auto client = server.connect();
  client.send(post("/echo", std::string(kOneMiB, 'x')));
  EXPECT_EQ(client.read_response().body.size(), kOneMiB);
  client.send(post("/echo", std::string(kOneMiB + 1, 'x')));
  expect_refusal(client, 413, "one byte more");
}

TEST(Limits, ASlowHeadGets408HoweverManyBytesTrickle) {
  Limits limits;
  limits.header_timeout = milliseconds(300);
  TestServer server(with(limits));
  auto stuck = server.connect();
  stuck.send("GET /hello HT");
  expect_refusal(stuck, 408, "half a request line");

  auto client = server.connect();
  client.send("GET /hello HTTP/1.1\r\nX-Slow: ");
  std::thread trickle([&] {
    while (client.send("x")) std::this_thread::sleep_for(milliseconds(10));
  });
  EXPECT_EQ(client.read_response().status, 408);
  client.end_sending();
  trickle.join();
}

TEST(Limits, ASlowBodyGets408HoweverManyBytesTrickle) {
  Limits limits;
  limits.body_timeout = milliseconds(300);
  TestServer server(with(limits));
  auto stuck = server.connect();
  stuck.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  expect_refusal(stuck, 408, "half a body");
  auto expecting = server.connect();
  expecting.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(expecting.read_head().status, 100);
  expect_refusal(expecting, 408, "nothing after 100");

  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  std::thread trickle([&] {
    while (client.send("x")) std::this_thread::sleep_for(milliseconds(10));
  });
  EXPECT_EQ(client.read_response().status, 408);
  client.end_sending();
  trickle.join();
}

TEST(Limits, AConnectionWithoutARequestIsClosedWithoutAWord) {
  Limits limits;
  limits.idle_timeout = milliseconds(50);
  TestServer server(with(limits));
  auto never = server.connect();
  EXPECT_EQ(never.read_to_end(), "");
  auto once = server.connect();
  once.send(get("/hello"));
  EXPECT_EQ(once.read_response().body, "hello");
  EXPECT_EQ(once.read_to_end(), "");
}

TEST(Limits, ARequestThatEndsInTheMiddleGets400) {
  TestServer server;
  for (const auto* part :
       {"GET /hello HTTP/1.1\r\nHost", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"}) {
    auto client = server.connect();
    client.send(part);
    client.end_sending();
    expect_refusal(client, 400, part);
  }
}

TEST(Limits, AnAnswerNobodyReadsIsGivenUp) {
  Limits limits;
  limits.write_timeout = milliseconds(100);
  TestServer server(with(limits));
  RawClient client(server.port(), 4096);
  client.send(get("/big"));
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 1; }));
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
  EXPECT_LT(client.read_to_end().size(), kBigBytes);
}

TEST(Limits, AFullQueueGets503AndTheConnectionStays) {
  Limits limits;
  limits.queued_requests = 2;
  auto settings = with(limits, 1);
  settings.judge = [](const Request& head) {
    return Judgement{.share = {.name = std::string(head.query_value("as").value_or("")), .many = false}};
  };
  TestServer server(std::move(settings));
  auto running = server.connect();
  running.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  auto first = server.connect();
  auto second = server.connect();
  first.send(get("/hello?as=ana"));
  second.send(get("/hello?as=ben"));
  ASSERT_TRUE(eventually([&] { return server.server().load().queued == 2; }));
  auto refused = server.connect();
  refused.send(get("/hello?as=tom"));
  const auto response = refused.read_response();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_TRUE(response.body.starts_with(error_text(503)));
  EXPECT_EQ(response.header("Connection"), "");
  server.gate.open();
  EXPECT_EQ(running.read_response().body, "waited");
  EXPECT_EQ(first.read_response().body, "hello");
  EXPECT_EQ(second.read_response().body, "hello");
  refused.send(get("/hello"));
  EXPECT_EQ(refused.read_response().body, "hello");
}

}  // namespace
}  // namespace berth::http
