#include "http/response_writer.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(ResponseHead, HasTheServersHeadersOnceWhateverTheHandlerSet) {
  Response response;
  response.status = 409;
  response.headers = {{"Content-Type", "text/plain"},
                      {"content-length", "99"},
                      {"Transfer-Encoding", "chunked"},
                      {"X-Request-Id", "no"}};
  const Framing framing{.keep_alive = true, .http_1_0 = false, .chunked = false, .content_length = 5};
  EXPECT_EQ(make_head(response, framing, "now", "id"),
            "HTTP/1.1 409 Conflict\r\nDate: now\r\nX-Request-Id: id\r\nContent-Type: "
            "text/plain\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, SaysHowTheConnectionGoesOn) {
  const Response response;
  EXPECT_EQ(
      make_head(response, {.keep_alive = false, .http_1_0 = false, .chunked = true, .content_length = {}},
                "d", "i"),
      "HTTP/1.1 200 OK\r\nDate: d\r\nX-Request-Id: i\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n");
  EXPECT_EQ(
      make_head(response, {.keep_alive = true, .http_1_0 = true, .chunked = false, .content_length = 0}, "d",
                "i"),
      "HTTP/1.1 200 OK\r\nDate: d\r\nX-Request-Id: i\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(Chunk, CarriesItsSizeInHexAndIsNeverEmpty) {
  EXPECT_EQ(make_chunk("hello"), "5\r\nhello\r\n");
  EXPECT_TRUE(make_chunk(std::string(255, 'x')).starts_with("ff\r\nx"));
  EXPECT_EQ(make_chunk(""), "");
}

TEST(ResponseFault, IsAStatusOrHeaderThatWouldBreakTheAnswer) {
  EXPECT_EQ(fault_of({.status = 200, .headers = {{"A", "b"}}}), "");
  for (const int status : {-1, 0, 100, 199, 600}) {
    EXPECT_NE(fault_of({.status = status}), "") << status;
  }
  EXPECT_NE(fault_of({.status = 200, .headers = {{"A: b", "c"}}}), "");
  EXPECT_NE(fault_of({.status = 200, .headers = {{"A", "b\r\nC: d"}}}), "");
  Response both;
  both.on_later = [](const auto&) {};
  EXPECT_EQ(fault_of(both), "");
  both.on_stream = [](const auto&) {};
  EXPECT_NE(fault_of(both), "");
}

TEST(HttpDate, HasTheFixedForm) {
  using std::chrono::sys_seconds;
  EXPECT_EQ(http_date(sys_seconds(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(sys_seconds(std::chrono::seconds(0))), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(sys_seconds(std::chrono::seconds(1709251199))), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace berth::http
