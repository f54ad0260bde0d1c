// LISTEN: being told by the database that something changed.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pg/connection.hpp"
#include "pg/notification.hpp"

namespace berth::pg {

struct Heard {
  /// In commit order; at most Listener::kMostAtOnce, the rest comes next time.
  std::vector<Notification> notifications;
  /// The connection is new, the first one too: what was sent before it was not heard. Look once at
  /// everything.
  bool may_have_missed = false;
  bool connected = false;
  /// Why there is no connection; for a log line.
  std::optional<Error> trouble;
};

/// Owns a connection of its own. One thread waits; `interrupt` may be called from any.
class Listener {
 public:
  static constexpr std::size_t kMostAtOnce = 1'000;

  /// A server that hangs, or a network that swallows packets, is as silent as one with nothing to say. So it
  /// is asked.
  static constexpr std::chrono::milliseconds kSilenceBeforeAsking{30'000};

  /// Connects when it is first waited on: a database that is away is no reason not to start.
  Listener(Settings settings, std::vector<std::string> channels,
           std::chrono::milliseconds silence_before_asking = kSilenceBeforeAsking);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Until something is heard, the connection is new, `timeout` is over, `stop` is requested or `interrupt`
  /// is called. While the database is away it tries again with growing pauses, and answers with `trouble` at
  /// `timeout`.
  Heard wait(std::chrono::milliseconds timeout, const std::stop_token& stop = {});

  /// Ends the wait that is under way, or the next one.
  void interrupt();

 private:
  void connect();
  bool woken();

  Settings settings_;
  std::vector<std::string> channels_;
  std::chrono::milliseconds silence_before_asking_;
  int wake_;
  std::optional<Connection> connection_;
  std::optional<Error> trouble_;
  std::chrono::milliseconds pause_;
  Deadline next_try_;
  Deadline last_sign_of_life_;
};

}  // namespace berth::pg
