#include "cli/curl_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "base/temporary_folder_for_test.hpp"
#include "http/http.hpp"
#include "simcluster/certificate.hpp"

namespace berth::cli {
namespace {

class CurlStreams : public testing::Test {
 protected:
  CurlStreams() {
    auto made = simcluster::make_certificate(folder_, "127.0.0.1");
    if (!made) throw std::runtime_error(made.error().message);
    std::ofstream(authority()) << made->authority;
    http::ServerSettings settings;
    settings.workers = 1;
    settings.tls = made->files;
    auto started = http::Server::start(
        settings, [](const http::Request&) { return http::Response{.body = "hello"}; },
        [](int status, std::string_view, std::string_view) { return http::Response{.status = status}; },
        Log::silent());
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }
  ~CurlStreams() override { server_.reset(); }
  std::string authority() const { return folder_ / "authority.pem"; }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->port()) + "/"; }

  const TemporaryFolder folder_;
  boost::asio::io_context io_;
  std::unique_ptr<http::Server> server_;
};

constexpr std::string_view kAsk = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(CurlStreams, SpeakTlsWithWhomTheAuthoritiesVouchFor) {
  auto stream = CurlStream::connect(io_.get_executor(), {.url = url(), .certificates = authority()});
  ASSERT_TRUE(stream) << stream.error().message;
  boost::asio::write(*stream, boost::asio::buffer(kAsk));
  std::string answer;
  boost::asio::read_until(*stream, boost::asio::dynamic_buffer(answer), "hello");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

TEST_F(CurlStreams, DoItInTheBackgroundToo) {
  auto stream = CurlStream::connect(io_.get_executor(), {.url = url(), .certificates = authority()});
  ASSERT_TRUE(stream) << stream.error().message;
  std::string answer;
  boost::system::error_code how;
  boost::asio::async_read_until(*stream, boost::asio::dynamic_buffer(answer), "hello",
                                [&](const boost::system::error_code& error, std::size_t) { how = error; });
  boost::asio::async_write(*stream, boost::asio::buffer(kAsk),
                           [](const boost::system::error_code&, std::size_t) {});
  io_.run_for(std::chrono::seconds(20));
  EXPECT_FALSE(how) << how.message();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

TEST_F(CurlStreams, TrustNobodyElse) {
  const auto stream = CurlStream::connect(io_.get_executor(), {.url = url()});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Code::kUnavailable);
  EXPECT_NE(stream.error().message.find("cannot be trusted"), std::string::npos) << stream.error().message;
}

TEST_F(CurlStreams, TellWhereNobodyAnswers) {
  const auto gone = url();
  server_.reset();
  const auto stream = CurlStream::connect(io_.get_executor(), {.url = gone, .certificates = authority()});
  ASSERT_FALSE(stream);
  EXPECT_NE(stream.error().message.find("cannot be reached"), std::string::npos) << stream.error().message;
}

}  // namespace
}  // namespace berth::cli
