// What clients make the server hold: answers they do not read, bodies they do not end.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMiB = 1024 * 1024;

TEST(HeldBytes, AReaderWhoTakesTooLittleIsCutAndOneWhoTakesEnoughIsNot) {
  Limits limits;
  limits.write_timeout = milliseconds(1'000);
  limits.least_written_bytes = 256 * 1024;
  TestServer server(with(limits));
  RawClient slow(server.port(), 4096);
  slow.send(get("/shared"));
  std::atomic<bool> over = false;
  std::thread drip([&] {  // a little at a time keeps nobody alive, as any progress at all did
    while (!over && !slow.read_more(4096).empty()) std::this_thread::sleep_for(milliseconds(50));
  });
  RawClient steady(server.port(), 64 * 1024);
  steady.send(get("/shared"));
  std::size_t taken = 0;
  while (taken < kBigBytes) {
    const auto part = steady.read_more(std::min<std::size_t>(256 * 1024, kBigBytes - taken));
    if (part.empty()) break;
    taken += part.size();
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_GE(taken, kBigBytes);
  steady.close();
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
  over = true;
  drip.join();
}

TEST(HeldBytes, WhatIsSharedIsSentFromWhereItIs) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/shared"));
  const auto response = client.read_response();
  EXPECT_EQ(response.header("Content-Length"), std::to_string(kBigBytes));
  EXPECT_EQ(response.body, shared_bytes());
  client.send("HEAD /shared HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_response(true).header("Content-Length"), std::to_string(kBigBytes));

  Limits limits;  // which count no byte of it
  limits.held_bytes_per_peer = kBigBytes + kMiB;
  TestServer tight(with(limits));
  std::vector<RawClient> deaf;
  for (int i = 0; i < 20; ++i) {
    deaf.emplace_back(tight.port(), 4096);
    deaf.back().send(get("/shared"));
    EXPECT_EQ(deaf.back().read_head().status, 200) << i;
  }
  auto own = tight.connect();
  own.send(get("/big"));
  EXPECT_EQ(own.read_head().status, 200) << "an answer of its own bytes still has room";
}

TEST(HeldBytes, AnswersNobodyReadsAreHeldUpToALimitForEachAddressAndInAll) {
  Limits limits;
  limits.held_bytes_per_peer = 2 * kBigBytes + kMiB;
  limits.held_bytes = 3 * kBigBytes + kMiB;
  TestServer server(with(limits));
  std::vector<RawClient> deaf;
  const auto ask = [&](const char* address) {
    deaf.emplace_back(server.port(), 4096, address);
    deaf.back().send(get("/big"));
    return deaf.back().read_head().status;
  };
  EXPECT_EQ(ask("127.0.0.2"), 200);
  EXPECT_EQ(ask("127.0.0.2"), 200);
  EXPECT_EQ(ask("127.0.0.2"), 503) << "it holds two of them already";
  EXPECT_EQ(ask("127.0.0.3"), 200);
  EXPECT_EQ(ask("127.0.0.4"), 503) << "all hold three of them";
  for (const auto* address : {"127.0.0.2", "127.0.0.4"}) {  // small ones go on
    auto client = server.connect_from(address);
    client.send(get("/hello"));
    EXPECT_EQ(client.read_response().body, "hello");
  }
  deaf.clear();
  EXPECT_TRUE(eventually([&] {
    auto client = server.connect_from("127.0.0.4");
    client.send(get("/big"));
    return client.read_response().body.size() == kBigBytes;
  }));
}

TEST(HeldBytes, HalfBodiesAreHeldUpToALimit) {
  Limits limits;
  limits.held_bytes_per_peer = 4 * kMiB;
  TestServer server(with(limits));
  std::vector<RawClient> halves;
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    halves.push_back(server.connect());
    auto& client = halves.back();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" +
                std::string(kMiB - 1, 'x'));
    // Either all of it is taken, or the answer comes before.
    if (i < 3) continue;
    client.send("x");
    const auto response = client.read_response();
    refused += response.status == 503 ? 1 : 0;
    EXPECT_TRUE(response.status == 503 || response.status == 200) << response.status;
  }
  EXPECT_GT(refused, 0);
  expect_still_serving(server);
}

TEST(HeldBytes, ABodyThatWouldBeTooMuchIsRefusedBeforeItIsSent) {
  Limits limits;
  limits.held_bytes_per_peer = 256 * 1024;
  TestServer server(with(limits));
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 503);
}

TEST(HeldBytes, HalfBodiesThatDoNotSayTheirSizeAreHeldUpToALimitToo) {
  Limits limits;
  limits.held_bytes_per_peer = 2 * kMiB;
  TestServer server(with(limits));
  std::vector<RawClient> halves;
  for (int i = 0; i < 12; ++i) {
    halves.push_back(server.connect());
    halves.back().send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nF0000\r\n" +
                       std::string(0xF0000, 'x'));
  }
  int refused = 0;
  for (auto& client : halves) {
    client.send("\r\n0\r\n\r\n");
    const auto status = client.read_response().status;
    refused += status == 503 ? 1 : 0;
    EXPECT_TRUE(status == 503 || status == 200) << status;
  }
  EXPECT_GT(refused, 0);
}

/// Nothing at /nowhere, /small takes 1,000 bytes, and /known wants "X-Who: ana".
ServerSettings judging(Limits limits = {}) {
  auto settings = with(limits);
  settings.judge = [](const Request& head) {
    Judgement judgement;
    if (head.path == "/nowhere") judgement.refusal = Response{.status = 404, .body = "nothing"};
    if (head.path == "/small") judgement.body_bytes = 1'000;
    judgement.vouch = head.path == "/echo" && head.header("X-Vouch").has_value();
    return judgement;
  };
  settings.vouch = [](const Request& head) -> std::optional<Response> {
    if (head.header("X-Vouch") == "throw") throw std::runtime_error("a fault");
    if (head.header("X-Vouch") == "ana") return std::nullopt;
    return Response{.status = 401, .body = "who"};
  };
  return settings;
}

TEST(HeldBytes, ABodyIsNotReadWhereItsHeadSaysEnough) {
  TestServer server(judging());
  const auto ask = [&](const std::string& path, const std::string& headers) {
    auto client = server.connect();
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    const auto response = client.read_response();
    EXPECT_EQ(response.header("Connection"), "close") << path << headers;
    EXPECT_EQ(client.read_to_end(), "") << path << headers;
    return response.status;
  };
  EXPECT_EQ(ask("/nowhere", "Content-Length: 1000000\r\n"), 404);
  EXPECT_EQ(ask("/nowhere", "Transfer-Encoding: chunked\r\n"), 404);
  EXPECT_EQ(ask("/nowhere", "Content-Length: 9\r\nExpect: 100-continue\r\n"), 404);
  EXPECT_EQ(ask("/small", "Content-Length: 1001\r\n"), 413);
  EXPECT_EQ(ask("/echo", "Content-Length: 9\r\nX-Vouch: eve\r\n"), 401);
  EXPECT_EQ(ask("/echo", "Content-Length: 9\r\nX-Vouch: throw\r\n"), 500);
  EXPECT_EQ(server.handled(), 0);
}

TEST(HeldBytes, ABodyIsReadWhereItsHeadIsVouchedFor) {
  TestServer server(judging());
  auto client = server.connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nX-Vouch: ana\r\nContent-Length: 4\r\n";
  for (int i = 0; i < 3; ++i) {
    client.send(head + "\r\n");
    client.send("body");
    EXPECT_EQ(client.read_response().body, "body");
    client.send(head + "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 100);
    client.send("body");
    EXPECT_EQ(client.read_response().body, "body");
    client.send(head + "\r\nbo");  // the body begins with its head
    client.send("dy" + get("/hello"));
    EXPECT_EQ(client.read_response().body, "body");
    EXPECT_EQ(client.read_response().body, "hello");
  }
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, 'x'));
  EXPECT_EQ(client.read_response().status, 404)
      << "the limit itself is taken, and the handler knows no such path";
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string chunks;
  for (int i = 0; i < 64; ++i) chunks += "400\r\n" + std::string(1'024, 'x') + "\r\n";
  client.send(chunks);
  EXPECT_EQ(client.read_response().status, 413);
}

}  // namespace
}  // namespace berth::http
