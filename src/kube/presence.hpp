// Whether the API server answers at all: one look for all who lost it. Each caller's own back-off is for what
// fails by itself; where the server was away for all, every one of them is cut short when it is back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/instant.hpp"
#include "base/log.hpp"
#include "kube/client.hpp"

namespace berth::kube {

struct PresenceSettings {
  std::chrono::milliseconds look_every{1'000};     // while it is away
  std::chrono::milliseconds look_deadline{2'000};  // of one look
};

/// Asks nothing as long as nobody has lost the server. Safe from any thread.
class Presence {
 public:
  /// `on_return` is called from its thread when the server answers again.
  Presence(const ClientFactory& factory, std::function<void()> on_return, Log log,
           PresenceSettings settings = {});
  ~Presence();
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

  /// A call got no answer: whether it is the server that is away is looked at soon.
  void lost();
  /// The same, and waits for that look. Since when nothing answers, by this machine's clock; nothing: it
  /// answers.
  std::optional<Instant> look();

  struct Away {
    Instant from;
    std::optional<Instant> until;  // nothing: still
  };
  /// The last time that it was away.
  std::optional<Away> last_away() const;

  /// How often it came back.
  std::uint64_t returns() const;
  enum class Slept { kAll, kReturned, kStopped };
  /// Ends early when the server has come back more often than `returns`.
  Slept sleep_for(std::chrono::milliseconds duration, std::uint64_t returns, const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A failure that may mean that the server is away: no answer, or one that says so itself.
bool is_unanswered(const Error& error);

}  // namespace berth::kube
