#include "http/request_reader.hpp"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

using State = RequestReader::State;

const Limits kLimits;

TEST(RequestReader, ReadsARequestAndLeavesWhatFollows) {
  RequestReader reader(kLimits);
  const std::string first = "POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-A: 1 \r\nContent-Length: 3\r\n\r\nabc";
  EXPECT_EQ(reader.feed(first + "GET /"), first.size());
  ASSERT_EQ(reader.state(), State::kDone);
  const auto& request = reader.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query_value("c"), "d");
  EXPECT_EQ(request.header("x-a"), "1");
  EXPECT_EQ(request.body, "abc");
  EXPECT_TRUE(reader.keep_alive());
}

// Whatever the pieces in which bytes come, the outcome is the same.
TEST(RequestReader, DoesNotCareWhereTheBytesAreCut) {
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::string> inputs = {
      "\r\nGET /a?b=c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
      chunked + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n",
      chunked + "0\r\n\r\n",
      chunked + "000;a=\"b\"\r\nT: u\r\nV: w\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\nX-A: 1\r\n\r\n",
      "GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n",
      chunked + "3\r\nabcd\r\n0\r\n\r\n",
  };
  for (const auto& input : inputs) {
    RequestReader whole(kLimits);
    whole.feed(input);
    ASSERT_TRUE(whole.state() == State::kDone || whole.state() == State::kRefused) << input;
    for (std::size_t step = 1; step < input.size(); ++step) {
      RequestReader pieces(kLimits);
      std::string unused;
      for (std::size_t at = 0; at < input.size() && pieces.state() != State::kRefused; at += step) {
        unused += input.substr(at, step);
        unused.erase(0, pieces.feed(unused));
      }
      ASSERT_EQ(pieces.state(), whole.state()) << input << " in steps of " << step;
      EXPECT_EQ(pieces.refusal().status, whole.refusal().status);
      EXPECT_EQ(pieces.request().body, whole.request().body);
      EXPECT_EQ(pieces.request().headers, whole.request().headers);
    }
  }
}

TEST(RequestReader, FieldsBehindAChunkedBodyAreNoHeaders) {
  RequestReader reader(kLimits);
  reader.feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer x\r\nHost: "
      "i\r\n\r\n");
  ASSERT_EQ(reader.state(), State::kDone);
  EXPECT_FALSE(reader.request().header("Authorization"));
  EXPECT_EQ(reader.request().header("Host"), "h");
}

TEST(RequestReader, AFieldBehindAChunkedBodyCannotGiveItAnotherLength) {
  RequestReader reader(kLimits);
  reader.feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(reader.state(), State::kRefused);
}

TEST(RequestReader, ATooLargeBodyIsRefusedBeforeItComes) {
  Limits limits;
  limits.body_bytes = 10;
  RequestReader exact(limits);
  exact.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
  EXPECT_EQ(exact.state(), State::kBody);
  RequestReader larger(limits);
  larger.feed("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(larger.state(), State::kRefused);
  EXPECT_EQ(larger.refusal().status, 413);
  EXPECT_NE(larger.refusal().detail.find("10 bytes"), std::string::npos);
  EXPECT_EQ(larger.request().path, "/a");
  EXPECT_FALSE(larger.keep_alive());
}

TEST(RequestReader, ChunksCountTogetherAgainstTheLimit) {
  Limits limits;
  limits.body_bytes = 10;
  RequestReader reader(limits);
  std::string unused =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n4\r\nghij\r\n";
  unused.erase(0, reader.feed(unused));
  EXPECT_EQ(reader.state(), State::kBody);
  reader.feed(unused + "1\r\n");
  ASSERT_EQ(reader.state(), State::kRefused);
  EXPECT_EQ(reader.refusal().status, 413);
}

TEST(RequestReader, LinesBetweenChunksHaveALimitToo) {
  for (const auto* start : {"5;", "0\r\n"}) {
    RequestReader reader(kLimits);
    std::string unused =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(start) + "name=";
    std::size_t most = 0;
    for (int i = 0; i < 100 && reader.state() != State::kRefused; ++i) {
      unused += std::string(1024, 'x');
      unused.erase(0, reader.feed(unused));
      most = std::max(most, unused.size());
    }
    EXPECT_EQ(reader.state(), State::kRefused) << start;
    EXPECT_LE(most, kLimits.header_bytes + 2048);
  }
}

TEST(RequestReader, HeadersAreLimitedInBytesAndInNumber) {
  Limits limits;
  limits.header_bytes = 200;
  limits.header_count = 3;
  const auto status = [&](const std::string& head) {
    RequestReader reader(limits);
    reader.feed(head);
    return reader.state() == State::kRefused ? reader.refusal().status : 200;
  };
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n"), 200);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"), 431);
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nA: ";
  const auto filled = [&](std::size_t bytes) {
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(status(filled(200)), 200);
  EXPECT_EQ(status(filled(201)), 431);
  EXPECT_EQ(status(filled(199).substr(0, 190) + std::string(500, 'x')), 431);
}

TEST(RequestReader, FieldsBehindAChunkedBodyHaveTheLimitOfAHeadHoweverTheyArrive) {
  Limits limits;
  limits.header_bytes = 200;
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body(5'000, 'b');
  for (const std::size_t bytes : {100U, 300U}) {
    const auto text = head + "1388\r\n" + body + "\r\n0\r\nT: " + std::string(bytes, 't') + "\r\n\r\n";
    const auto expected =
        bytes < limits.header_bytes ? RequestReader::State::kDone : RequestReader::State::kRefused;
    for (const std::size_t step : {std::size_t{7}, std::size_t{64}, text.size()}) {
      RequestReader reader(limits);
      std::string unused;
      for (std::size_t at = 0; at < text.size(); at += step) {
        unused += text.substr(at, step);
        unused.erase(0, reader.feed(unused));
        if (reader.state() == RequestReader::State::kRefused) break;
      }
      EXPECT_EQ(reader.state(), expected) << bytes << " bytes of fields, " << step << " at once";
      if (expected == RequestReader::State::kDone) {
        EXPECT_EQ(reader.request().body, body);
      }
    }
  }
}

TEST(RequestReader, TargetsHaveALimitOfTheirOwn) {
  Limits limits;
  limits.target_bytes = 20;
  const auto status = [&](std::size_t bytes, std::string_view rest) {
    RequestReader reader(limits);
    reader.feed("GET /" + std::string(bytes - 1, 'x') + std::string(rest));
    return reader.state() == State::kRefused ? reader.refusal().status : 200;
  };
  EXPECT_EQ(status(20, " HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
  EXPECT_EQ(status(21, " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  EXPECT_EQ(status(21, ""), 414);
}

TEST(RequestReader, ExpectationsAreKnownOrRefused) {
  RequestReader reader(kLimits);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n";
  reader.feed(head);
  EXPECT_TRUE(reader.expects_continue());
  RequestReader with_body(kLimits);
  with_body.feed(head + "x");
  EXPECT_FALSE(with_body.expects_continue());
  RequestReader other(kLimits);
  other.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n");
  EXPECT_EQ(other.refusal().status, 417);
}

}  // namespace
}  // namespace berth::http
