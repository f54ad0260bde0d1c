#include "http/test_server.hpp"

#include <gtest/gtest.h>

namespace berth::http {

TestServer::TestServer(ServerSettings settings, Log log) {
  auto started = Server::start(
      std::move(settings), [this](const Request& request) { return handle(request); },
      [](int status, std::string_view detail, std::string_view) {
        return Response{.status = status,
                        .headers = {{"Content-Type", "text/x-error"}},
                        .body = error_text(status) + std::string(detail)};
      },
      std::move(log));
  if (!started) throw std::runtime_error(started.error().message);
  server_ = std::move(*started);
}

const std::string& shared_bytes() {
  static const std::string bytes(kBigBytes, 's');
  return bytes;
}

ServerSettings with(Limits limits, std::size_t workers) {
  return {.address = "127.0.0.1", .port = 0, .workers = workers, .limits = limits, .tls = {}};
}

void expect_still_serving(TestServer& server) {
  auto client = server.connect();
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().body, "hello");
}

std::shared_ptr<Reply> next_reply(TestServer& server) {
  EXPECT_TRUE(eventually([&] { return server.reply_count() > 0; }));
  return server.take_reply().second;
}

void expect_nothing_is_owed(TestServer& server) {
  EXPECT_TRUE(eventually([&] { return server.server().load().later == 0; }));
}

std::size_t TestServer::stream_count() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

std::shared_ptr<Stream> TestServer::stream(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return streams_.at(index);
}

void TestServer::drop_streams() {
  const std::lock_guard lock(mutex_);
  streams_.clear();
}

std::size_t TestServer::reply_count() const {
  const std::lock_guard lock(mutex_);
  return replies_.size();
}

std::pair<std::string, std::shared_ptr<Reply>> TestServer::take_reply() {
  const std::lock_guard lock(mutex_);
  auto oldest = std::move(replies_.at(0));
  replies_.pop_front();
  return oldest;
}

void TestServer::keep(std::string body, std::shared_ptr<Reply> reply) {
  const std::lock_guard lock(mutex_);
  replies_.emplace_back(std::move(body), std::move(reply));
}

Response TestServer::handle_later(const Request& request) {
  if (request.path == "/later-after-the-gate") gate.pass();
  Response response;
  response.on_later = [this, path = request.path, body = request.body](std::shared_ptr<Reply> reply) {
    if (path == "/later-at-once") return reply->send({.body = "at once"});
    if (path == "/later-dropped") return;
    keep(body, std::move(reply));
    if (path == "/later-that-throws") throw std::runtime_error("a fault of the handler of a later answer");
  };
  return response;
}

Response TestServer::handle(const Request& request) {
  ++handled_;
  const auto text = [](std::string body) {
    return Response{.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
  };
  if (request.path == "/hello") return text("hello");
  if (request.path == "/echo") return text(request.body);
  if (request.path == "/peer") return text(request.peer + " " + request.request_id);
  if (request.path == "/shared") return {.status = 200, .shared_body = shared_bytes()};
  if (request.path == "/big") return text(std::string(kBigBytes, 'b'));
  if (request.path == "/empty") return {.status = 204, .body = "not sent"};
  if (request.path == "/throw") throw std::runtime_error("a fault of the handler");
  if (request.path == "/broken-header") {
    return {.status = 200, .headers = {{"X-Name", "a\r\nSet-Cookie: b"}}};
  }
  if (request.path == "/wait") {
    gate.pass();
    return text("waited");
  }
  if (request.path == "/stream") {
    return {.status = 200,
            .headers = {{"Content-Type", "text/event-stream"}},
            .on_stream = [this](std::shared_ptr<Stream> stream) {
              const std::lock_guard lock(mutex_);
              streams_.push_back(std::move(stream));
            }};
  }
  if (request.path == "/stream-that-throws") {
    return {.status = 200, .on_stream = [](const std::shared_ptr<Stream>& stream) {
              stream->send("part");
              throw std::runtime_error("a fault of the stream's handler");
            }};
  }
  if (request.path.starts_with("/later")) return handle_later(request);
  return {.status = 404, .body = "no such path"};
}

}  // namespace berth::http
