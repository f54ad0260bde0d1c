// Bytes in, a request or a refusal out. No sockets and no clock: the connection feeds it. Beast parses; what
// Beast lets pass and a proxy might read differently is refused here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/http.hpp"

namespace berth::http {

class RequestReader {
 public:
  enum class State {
    kHead,     // more bytes are needed to end the head
    kBody,     // the head is whole; more bytes are needed to end the body
    kDone,     // `request` is whole
    kRefused,  // `refusal` says why; the bytes that follow have no meaning any more
  };
  struct Refusal {
    int status = 400;
    std::string detail;
  };

  explicit RequestReader(const Limits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Takes what it can from the front of all unused bytes so far and says how many that were. In kHead it may
  /// take none until the head is whole: give it the same bytes again, with more behind them.
  std::size_t feed(std::string_view bytes);

  State state() const;
  const Refusal& refusal() const;
  /// Whole in kDone, without peer, id and params. In kBody without its body; when refused, as far as it was
  /// understood.
  Request& request();
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  /// What the client asked for; never after a refusal.
  bool keep_alive() const;
  /// HTTP/1.0 knows no chunks.
  bool is_http_1_0() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::http
