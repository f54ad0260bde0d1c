// Answers that go on: the queue alone, and streams over raw sockets.
#include "http/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "http/test_server.hpp"

namespace berth::http {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

TEST(StreamQueue, WakesOnceUntilItIsEmptied) {
  int wakes = 0;
  StreamQueue queue(100, [&] { ++wakes; });
  EXPECT_TRUE(queue.send("a"));
  EXPECT_TRUE(queue.send("b"));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(queue.take().bytes, "ab");
  queue.sent();
  EXPECT_TRUE(queue.send("c"));
  EXPECT_EQ(wakes, 2);
}

TEST(StreamQueue, CountsWhatWaitsAndWhatIsOnItsWay) {
  int wakes = 0;
  StreamQueue queue(10, [&] { ++wakes; });
  EXPECT_TRUE(queue.send("12345"));
  queue.take();
  EXPECT_TRUE(queue.send("67890"));
  EXPECT_EQ(wakes, 2);
  EXPECT_FALSE(queue.send("x"));
  EXPECT_EQ(wakes, 3);  // although the second wake is not yet followed
  EXPECT_TRUE(queue.too_slow());
  EXPECT_FALSE(queue.open());
  EXPECT_FALSE(queue.send(""));
}

TEST(StreamQueue, MakesRoomWhenBytesAreSent) {
  StreamQueue queue(10, [] {});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(queue.send("1234567890"));
    EXPECT_EQ(queue.take().bytes.size(), 10U);
    queue.sent();
  }
  EXPECT_FALSE(queue.send("12345678901"));  // never fits
}

TEST(StreamQueue, TellsAnEndFromADrop) {
  StreamQueue finished(10, [] {});
  finished.send("a");
  finished.finish();
  finished.abandon();  // its handle goes afterwards
  EXPECT_FALSE(finished.send("b"));
  auto batch = finished.take();
  EXPECT_EQ(batch.bytes, "a");
  EXPECT_TRUE(batch.last);
  EXPECT_FALSE(batch.abandoned);
  auto dropped = std::make_shared<StreamQueue>(10, [] {});
  make_stream(dropped)->send("a");
  batch = dropped->take();
  EXPECT_EQ(batch.bytes, "a");
  EXPECT_FALSE(batch.last);
  EXPECT_TRUE(batch.abandoned);
}

TEST(StreamQueue, IsQuietOnceClosed) {
  int wakes = 0;
  StreamQueue queue(10, [&] { ++wakes; });
  queue.close();
  EXPECT_FALSE(queue.send("a"));
  EXPECT_FALSE(queue.open());
  queue.finish();
  queue.abandon();
  EXPECT_EQ(wakes, 0);
}

RawClient open_stream(TestServer& server, std::size_t index,
                      std::optional<int> receive_buffer_bytes = std::nullopt) {
  RawClient client(server.port(), receive_buffer_bytes);
  client.send(get("/stream"));
  EXPECT_EQ(client.read_head().status, 200);
  EXPECT_TRUE(eventually([&] { return server.stream_count() == index + 1; }));
  return client;
}

ServerSettings with_queue_of(std::size_t bytes) {
  ServerSettings settings;
  settings.limits.stream_queue_bytes = bytes;
  return settings;
}

TEST(Stream, SendsItsHeadAtOnceAndEachEventAsItComes) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/stream"));
  const auto head = client.read_head();
  EXPECT_EQ(head.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.header("Content-Length"), "");
  ASSERT_TRUE(eventually([&] { return server.stream_count() == 1; }));
  EXPECT_TRUE(server.stream(0)->open());
  EXPECT_TRUE(server.stream(0)->send("data: 1\n\n"));
  EXPECT_EQ(client.read_more(14), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(server.stream(0)->send(""));
  EXPECT_TRUE(server.stream(0)->send("x"));
  EXPECT_EQ(client.read_more(6), "1\r\nx\r\n");
}

TEST(Stream, FinishEndsTheAnswerAndTheConnectionGoesOn) {
  TestServer server;
  auto client = server.connect();
  for (std::size_t i = 0; i < 3; ++i) {
    client.send(get("/stream"));
    ASSERT_TRUE(eventually([&] { return server.stream_count() == i + 1; }));
    const auto stream = server.stream(i);
    stream->send("first ");
    stream->send("second");
    stream->finish();
    EXPECT_FALSE(stream->open());
    EXPECT_FALSE(stream->send("late"));
    const auto response = client.read_response();
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body, "first second");
  }
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
  EXPECT_EQ(server.server().load().streams, 0U);
}

TEST(Stream, ARequestSentMeanwhileIsAnsweredAfterTheEnd) {
  TestServer server;
  auto client = open_stream(server, 0);
  client.send(get("/hello"));
  server.stream(0)->send("a");
  server.stream(0)->finish();
  EXPECT_EQ(client.read_more(11), "1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST(Stream, EndsWithTheConnectionForHttp10) {
  TestServer server;
  auto client = server.connect();
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto head = client.read_head();
  EXPECT_EQ(head.header("Transfer-Encoding"), "");
  EXPECT_EQ(head.header("Connection"), "close");
  ASSERT_TRUE(eventually([&] { return server.stream_count() == 1; }));
  server.stream(0)->send("raw");
  server.stream(0)->finish();
  EXPECT_EQ(client.read_to_end(), "raw");
}

TEST(Stream, AHandleThatIsDroppedLeavesTheAnswerVisiblyIncomplete) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/stream"));
  ASSERT_TRUE(eventually([&] { return server.stream_count() == 1; }));
  server.stream(0)->send("part");
  server.drop_streams();
  const auto response = client.read_response();
  EXPECT_EQ(response.body, "part");
  EXPECT_FALSE(response.complete);
  EXPECT_TRUE(eventually([&] { return server.server().load().streams == 0; }));
}

TEST(Stream, AFaultOfItsHandlerCutsIt) {
  TestServer server;
  auto client = server.connect();
  client.send(get("/stream-that-throws"));
  const auto response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.complete);
  EXPECT_TRUE(eventually([&] { return server.server().load().connections == 0; }));
}

TEST(Stream, NoticesThatItsClientIsGoneWithoutSendingAnything) {
  TestServer server;
  auto closed = open_stream(server, 0);
  auto reset = open_stream(server, 1);
  auto half_closed = open_stream(server, 2);
  auto staying = open_stream(server, 3);
  closed.close();
  reset.reset();
  half_closed.end_sending();
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(eventually([&] { return !server.stream(i)->open(); })) << i;
    EXPECT_FALSE(server.stream(i)->send("x")) << i;
  }
  EXPECT_TRUE(server.stream(3)->open());
  EXPECT_TRUE(eventually([&] { return server.server().load().streams == 1; }));
  EXPECT_EQ(server.server().load().connections, 1U);
}

TEST(Stream, AReaderThatIsTooSlowIsCutOffAndTheOthersAreNot) {
  TestServer server(with_queue_of(kMiB));
  auto slow = open_stream(server, 0, 4096);
  auto quick = open_stream(server, 1);
  const std::string piece(64 * 1024, 'x');
  std::size_t taken = 0;
  while (taken < 1024 * kMiB && server.stream(0)->send(piece)) taken += piece.size();
  EXPECT_LT(taken, 64 * kMiB);  // the limit and what the kernel holds
  EXPECT_FALSE(server.stream(0)->open());
  EXPECT_TRUE(eventually([&] { return server.server().load().streams == 1; }));
  EXPECT_TRUE(server.stream(1)->send("ok"));
  EXPECT_EQ(quick.read_more(7), "2\r\nok\r\n");
  EXPECT_LT(slow.read_to_end().size(), taken + kMiB);
}

TEST(Stream, AReaderThatStopsReadingIsCutOffInTimeEvenBelowTheLimit) {
  auto settings = with_queue_of(256 * kMiB);
  settings.limits.write_timeout = std::chrono::milliseconds(200);
  TestServer server(settings);
  auto stuck = open_stream(server, 0, 4096);
  EXPECT_TRUE(server.stream(0)->send(std::string(64 * kMiB, 'x')));  // more than the kernel takes
  EXPECT_TRUE(eventually([&] { return !server.stream(0)->open(); }));
}

TEST(Stream, AnIdleOneOutlivesEveryTimeout) {
  ServerSettings settings;
  settings.limits.idle_timeout = settings.limits.header_timeout = settings.limits.write_timeout =
      std::chrono::milliseconds(50);
  TestServer server(settings);
  auto client = open_stream(server, 0);
  auto witness = server.connect();  // is closed after 50 ms without a request
  EXPECT_TRUE(witness.closed_by_peer());
  auto second_witness = server.connect();
  EXPECT_TRUE(second_witness.closed_by_peer());
  EXPECT_TRUE(server.stream(0)->send("x"));
  EXPECT_EQ(client.read_more(6), "1\r\nx\r\n");
}

TEST(Stream, AClientThatFloodsMeanwhileIsCutOff) {
  TestServer server;
  auto client = open_stream(server, 0);
  const std::string piece(64 * 1024, 'x');
  for (int i = 0; i < 1024 && client.send(piece); ++i) {
  }
  EXPECT_TRUE(eventually([&] { return !server.stream(0)->open(); }));
}

TEST(Stream, ThreadsMayWriteAtOnceAndNothingIsLost) {
  constexpr int kThreads = 4;
  constexpr int kLines = 2'000;
  TestServer server(with_queue_of(64 * kMiB));
  auto client = server.connect();
  client.send(get("/stream"));
  ASSERT_TRUE(eventually([&] { return server.stream_count() == 1; }));
  const auto stream = server.stream(0);
  std::vector<std::thread> writers;
  for (int thread = 0; thread < kThreads; ++thread) {
    writers.emplace_back([&, thread] {
      for (int line = 0; line < kLines; ++line)
        stream->send(std::to_string(thread) + " " + std::to_string(line) + "\n");
    });
  }
  for (auto& writer : writers) writer.join();
  stream->finish();
  const auto response = client.read_response();
  ASSERT_TRUE(response.complete);
  std::istringstream lines(response.body);
  std::vector<int> next(kThreads, 0);
  int thread = 0;
  int line = 0;
  while (lines >> thread >> line) ASSERT_EQ(line, next.at(static_cast<std::size_t>(thread))++);
  EXPECT_EQ(next, std::vector<int>(kThreads, kLines));
}

TEST(Stream, HundredsOfThemLeaveRoomForOrdinaryRequests) {
  constexpr std::size_t kStreams = 400;
  TestServer server;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < kStreams; ++i) clients.push_back(open_stream(server, i));
  EXPECT_TRUE(eventually([&] { return server.server().load().streams == kStreams; }));
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kStreams; ++i) ASSERT_TRUE(server.stream(i)->send("data: event\n\n"));
    auto client = server.connect();
    client.send(get("/hello"));
    ASSERT_EQ(client.read_response().body, "hello");
    for (auto& reader : clients) ASSERT_EQ(reader.read_more(18), "d\r\ndata: event\n\n\r\n");
  }
  clients.clear();
  EXPECT_TRUE(eventually([&] { return server.server().load().streams == 0; }));
}

TEST(Stream, StopCutsThemAndHandlesOutliveTheServer) {
  std::shared_ptr<Stream> kept;
  {
    TestServer server;
    auto client = open_stream(server, 0);
    kept = server.stream(0);
    server.server().stop(kPatience);  // does not wait for streams
    EXPECT_FALSE(kept->open());
    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_EQ(server.server().load().streams, 0U);
  }
  EXPECT_FALSE(kept->send("late"));
  kept->finish();
}

}  // namespace
}  // namespace berth::http
