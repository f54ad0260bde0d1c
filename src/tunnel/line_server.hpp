// Takes web sockets at a path or a port of this machine, and asks about each before it is opened.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/result.hpp"
#include "tunnel/line.hpp"
#include "tunnel/service.hpp"

namespace berth::tunnel {

/// The header that says who asks. No page of a browser can set one on a web socket, and no other web socket
/// is taken: with somebody's cookie a page could open one.
inline constexpr std::string_view kClientHeader = "Berth-Client";
/// The header of a refusal, with its reason as one word.
inline constexpr std::string_view kRefusedHeader = "Berth-Refused";

struct Refusal {
  int status = 404;
  std::string_view reason;  // a word of ours
};

/// Whoever asks for a line. It is gone with the last handle.
class Visitor {
 public:
  Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  virtual ~Visitor() = default;
  virtual std::string_view target() const = 0;
  virtual boost::asio::any_io_executor executor() const = 0;
  /// One of them, once.
  virtual void refuse(Refusal refusal) = 0;
  virtual void accept(std::function<void(std::shared_ptr<Line>)> opened) = 0;
};

class LineServer {
 public:
  using OnVisitor = std::function<void(std::shared_ptr<Visitor>)>;

  /// `visitor` is called on the thread that runs `io`, which has to outlive the server. kUnavailable where
  /// it cannot listen there.
  static Result<std::unique_ptr<LineServer>> start(boost::asio::io_context& io, LineServerSettings settings,
                                                   OnVisitor visitor, Log log);
  LineServer() = default;
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;
  virtual ~LineServer() = default;
  virtual std::uint16_t port() const = 0;
  /// As Service::look_again, on the thread that runs `io`.
  virtual void look_again() = 0;
};

}  // namespace berth::tunnel
