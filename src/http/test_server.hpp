// For tests: a running server with a few routes, and a gate to hold handlers at.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http/http.hpp"
#include "http/raw_client.hpp"

namespace berth::http {

/// Handlers wait here until it opens; it opens by itself at the end of the patience.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait_for(lock, kPatience, [this] { return open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

/// /shared (of the program's own bytes), /hello, /echo, /wait (at the gate), /throw, /big, /empty, /peer,
/// /broken-header, /stream (its handle is kept), /stream-that-throws, /later (its reply is kept, beside the
/// body of the request), /later-after-the-gate (the same), /later-at-once, /later-dropped, /later-that-throws
/// (its reply is kept).
class TestServer {
 public:
  explicit TestServer(ServerSettings settings = {}, Log log = Log::silent());

  std::uint16_t port() const { return server_->port(); }
  Server& server() { return *server_; }
  RawClient connect() const { return RawClient(port()); }
  RawClient connect_from(const char* address) const { return RawClient(port(), std::nullopt, address); }

  std::size_t stream_count() const;
  std::shared_ptr<Stream> stream(std::size_t index) const;
  void drop_streams();
  std::size_t reply_count() const;
  /// The oldest that is kept, and no longer is: with the body of its request.
  std::pair<std::string, std::shared_ptr<Reply>> take_reply();
  /// Requests that were begun.
  int handled() const { return handled_; }

  Gate gate;

 private:
  Response handle(const Request& request);
  Response handle_later(const Request& request);
  void keep(std::string body, std::shared_ptr<Reply> reply);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Stream>> streams_;
  std::deque<std::pair<std::string, std::shared_ptr<Reply>>> replies_;
  std::atomic<int> handled_ = 0;
  std::unique_ptr<Server> server_;  // last: it ends before what its handlers use
};

inline constexpr std::size_t kBigBytes = 8 * 1024 * 1024;
/// What /shared is answered with.
const std::string& shared_bytes();

/// Settings with these limits, on any free port.
ServerSettings with(Limits limits, std::size_t workers = 4);

/// Whatever happened before, a new client is answered.
void expect_still_serving(TestServer& server);

/// The oldest that is kept, as soon as there is one.
std::shared_ptr<Reply> next_reply(TestServer& server);
void expect_nothing_is_owed(TestServer& server);

/// What the error body of the tests looks like.
inline std::string error_text(int status) {
  return "refused " + std::to_string(status) + ": ";
}

}  // namespace berth::http
