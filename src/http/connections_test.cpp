// More connections than there is room for: some are spared, and everyone is answered.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

TEST(Connections, OneConnectionTooManyGets503WhereNoneCanBeSpared) {
  Limits limits;
  limits.connections = 2;
  TestServer server(with(limits));
  auto first = server.connect();
  auto second = server.connect();
  first.send(get("/wait"));
  second.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 2; }));
  for (const auto& request : {std::string(), get("/hello")}) {  // whether or not it says something
    auto third = server.connect();
    third.send(request);
    const auto response = third.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("Retry-After"), "1");
    EXPECT_EQ(third.read_to_end(), "");
  }
  EXPECT_EQ(server.server().load().connections, 2U);
  server.gate.open();
  EXPECT_EQ(first.read_response().body, "waited");
  first.close();
  ASSERT_TRUE(eventually([&] { return server.server().load().connections == 1; }));
  expect_still_serving(server);
}

TEST(Connections, AFloodBeyondTheConnectionLimitTakesFromItselfAndNotFromOthers) {
  Limits limits;
  limits.connections = 8;
  TestServer server(with(limits));
  auto client = server.connect_from("127.0.0.2");
  client.send(get("/hello"));
  ASSERT_EQ(client.read_response().body, "hello");
  std::vector<RawClient> flood;
  for (int i = 0; i < 300; ++i) flood.push_back(server.connect_from("127.0.0.3"));
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello") << "on the connection that it had";
  for (const auto* address : {"127.0.0.3", "127.0.0.4"}) {
    auto next = server.connect_from(address);
    next.send(get("/hello"));
    EXPECT_EQ(next.read_response().body, "hello") << address;
  }
  EXPECT_LE(server.server().load().connections, 8U);
}

TEST(Connections, OneAddressHasOnlySoManyConnectionsUnlessItSpeaksForMany) {
  Limits limits;
  limits.connections_per_peer = 4;
  auto settings = with(limits);
  settings.speaks_for_many = [](std::string_view peer) { return peer == "127.0.0.9"; };
  TestServer server(std::move(settings));
  std::vector<RawClient> of_one;
  for (int i = 0; i < 20; ++i) {
    of_one.push_back(server.connect_from("127.0.0.2"));
    of_one.back().send(get("/hello"));
    ASSERT_EQ(of_one.back().read_response().body, "hello") << i;
    // The first is used all the time: another one is spared.
    of_one.front().send(get("/hello"));
    ASSERT_EQ(of_one.front().read_response().body, "hello") << i;
  }
  EXPECT_EQ(server.server().load().connections, 4U);
  std::vector<RawClient> of_many;
  for (int i = 0; i < 20; ++i) of_many.push_back(server.connect_from("127.0.0.9"));
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 24; }));
}

TEST(Connections, HalfRequestsAndReadersWhoTakeNothingAreSparedBeforeThoseAtWork) {
  Limits limits;
  limits.connections_per_peer = 3;
  TestServer server(with(limits));
  auto at_work = server.connect();
  at_work.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  RawClient deaf(server.port(), 4096);
  deaf.send(get("/shared"));
  auto half = server.connect();
  half.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  ASSERT_TRUE(eventually([&] { return server.handled() == 2; }));
  auto next = server.connect();
  next.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 2; }));
  EXPECT_TRUE(half.closed_by_peer());
  // It has taken nothing for a while by now, or soon.
  EXPECT_TRUE(eventually([&] {
    auto another = server.connect();
    another.send(get("/hello"));
    return another.read_response().body == "hello";
  }));
  server.gate.open();
  EXPECT_EQ(at_work.read_response().body, "waited");
  EXPECT_EQ(next.read_response().body, "waited");
}

/// Holds every file descriptor this process may still have; there must be room for few.
class NoFilesLeft {
 public:
  NoFilesLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{.rlim_cur = 200, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int file = ::dup(STDERR_FILENO); file >= 0; file = ::dup(STDERR_FILENO)) taken_.push_back(file);
  }
  ~NoFilesLeft() {
    while (!taken_.empty()) give_one();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoFilesLeft(const NoFilesLeft&) = delete;
  NoFilesLeft& operator=(const NoFilesLeft&) = delete;
  void give_one() {
    ::close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

#if defined(__has_feature)  // clang's way of saying it; the other one is that of g++
#if __has_feature(address_sanitizer)
#define BERTH_UNDER_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define BERTH_UNDER_ADDRESS_SANITIZER
#endif
#ifdef BERTH_UNDER_ADDRESS_SANITIZER
// The undefined behaviour sanitizer asks a pipe whether memory is readable: without descriptors it takes
// every first virtual call for one on no object, and ends the program.
constexpr bool kNeedsDescriptorsItself = true;
#else
constexpr bool kNeedsDescriptorsItself = false;
#endif

TEST(Connections, WithoutFileDescriptorsAnIdleConnectionMakesRoom) {
  if (kNeedsDescriptorsItself) GTEST_SKIP() << "the sanitizer itself needs file descriptors";
  testing::internal::CaptureStderr();
  RawResponse response;
  {
    TestServer server({}, Log("http", LogLevel::kWarning));
    auto idle = server.connect();
    idle.send(get("/hello"));
    ASSERT_EQ(idle.read_response().body, "hello");
    NoFilesLeft none;
    none.give_one();
    RawClient fresh(server.port());  // takes it: the server has none to accept with
    fresh.send(get("/hello"));
    response = fresh.read_response();
    EXPECT_TRUE(idle.closed_by_peer());
  }
  EXPECT_EQ(response.body, "hello");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("accept failed"), std::string::npos);
}

TEST(Connections, WithoutFileDescriptorsAndWithNoneToSpareTheNextOneIsToldSo) {
  if (kNeedsDescriptorsItself) GTEST_SKIP() << "the sanitizer itself needs file descriptors";
  TestServer server({}, Log::silent());
  auto at_work = server.connect();
  at_work.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return server.gate.waiting() == 1; }));
  {
    NoFilesLeft none;
    none.give_one();
    RawClient fresh(server.port());
    fresh.send(get("/hello"));
    const auto response = fresh.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.body.starts_with(error_text(503))) << response.body;
    EXPECT_EQ(response.header("Retry-After"), "1");
  }
  server.gate.open();
  EXPECT_EQ(at_work.read_response().body, "waited");
  expect_still_serving(server);
}

TEST(Connections, NineHundredIdleConnectionsDoNotStopTheNextRequest) {
  TestServer server;
  std::vector<RawClient> idle;
  for (int i = 0; i < 900; ++i) {
    idle.push_back(server.connect());
    if (i % 2 == 0) continue;  // half of them say something first
    idle.back().send(get("/hello"));
    ASSERT_EQ(idle.back().read_response().status, 200);
  }
  ASSERT_TRUE(eventually([&] { return server.server().load().connections == 900; }));
  const auto start = std::chrono::steady_clock::now();
  expect_still_serving(server);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  RecordProperty("milliseconds", std::to_string(taken.count()));
  EXPECT_LT(taken.count(), 5'000.0);  // it takes well under one
  for (auto& client : idle) {
    client.send(get("/hello"));
    ASSERT_EQ(client.read_response().body, "hello");
  }
}

}  // namespace
}  // namespace berth::http
