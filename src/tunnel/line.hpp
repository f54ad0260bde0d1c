// A web socket that is open, whichever way it runs: what tunnels and terminals are made of, at both ends.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace berth::tunnel {

/// A longer message ends the line.
inline constexpr std::size_t kMaxMessageBytes = 64UL * 1024;
/// What is read at once from whatever is sent along a line: no more than this waits in a direction.
inline constexpr std::size_t kChunkBytes = 32UL * 1024;

struct Message {
  std::string bytes;
  bool is_text = false;  // JSON; else bytes as they are
};

/// For the thread that runs its I/O alone. Callbacks come later, never from inside a call, and keep the line
/// alive.
class Line {
 public:
  using OnMessage = std::function<void(Result<Message>)>;
  using OnDone = std::function<void(Status)>;

  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  virtual ~Line() = default;
  /// One at a time. kGone once the other end has closed it properly; kUnavailable where it was cut, or where
  /// nothing has come for kSilenceLimit, pings included.
  virtual void read(OnMessage done) = 0;
  /// Several wait for each other; whoever writes again only when `done` is called is held up by a slow
  /// reader.
  virtual void write(Message message, OnDone done) = 0;
  /// Properly, after what waits to be written. Nothing is read any more.
  virtual void close() = 0;
  /// At once: what waits ends with an error.
  virtual void cut() = 0;
};

}  // namespace berth::tunnel
