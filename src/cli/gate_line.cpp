#include "cli/gate_line.hpp"

#include <fmt/format.h>

#include <boost/beast/http/field.hpp>

#include "base/text.hpp"
#include "tunnel/line_server.hpp"
#include "tunnel/web_socket_line.hpp"

namespace berth::cli {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

beast::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

/// As a browser names it: with the port where that is not the scheme's own.
std::string host_in(const std::string& url) {
  auto rest = std::string_view(url).substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  return std::string(rest);
}

Error why(const websocket::response_type& response, const boost::system::error_code& error) {
  if (error != websocket::error::upgrade_declined)
    return {.code = Code::kUnavailable,
            .message = "the workspace's gate does not answer: " + error.message()};
  const auto status = static_cast<int>(response.result_int());
  const auto told = response[view(tunnel::kRefusedHeader)];
  const auto reason = shown({told.data(), told.size()});
  if (status == 401)
    return {.code = Code::kUnauthenticated, .message = "the workspace's gate does not know the pass"};
  if (reason == "too-many")
    return {
        .code = Code::kTooMany, .message = "as many are open in the workspace as it takes", .slug = reason};
  if (!reason.empty())
    return {.code = Code::kNotFound, .message = "the workspace refuses it: " + reason, .slug = reason};
  if (status == 404) {
    return {.code = Code::kNotFound,
            .message = "this workspace was started from an image that does not have this yet",
            .slug = "no_such_path"};
  }
  return {.code = Code::kUnavailable, .message = fmt::format("the workspace's gate answers {}", status)};
}

}  // namespace

Result<std::shared_ptr<tunnel::Line>> open_gate_line(boost::asio::io_context& io, const GateAsked& asked) {
  auto stream = CurlStream::connect(io.get_executor(), asked.to);
  if (!stream) return fail(stream.error());
  using Line = tunnel::WebSocketLine<CurlStream>;
  auto socket = std::make_unique<Line::Socket>(std::move(*stream));
  socket->set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set(beast::http::field::cookie, view(asked.pass));
    request.set(beast::http::field::user_agent, "berth-cli");
    request.set(view(tunnel::kClientHeader), "berth-cli");
  }));
  websocket::response_type response;
  boost::system::error_code error;
  socket->handshake(response, view(host_in(asked.to.url)), view(asked.path), error);
  if (error) return fail(why(response, error));
  socket->set_option(
      websocket::stream_base::decorator([](websocket::request_type&) {}));  // the pass is not kept
  return Line::make(std::move(socket), nullptr);
}

}  // namespace berth::cli
