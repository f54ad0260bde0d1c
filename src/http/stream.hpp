// What lies between the threads that write a stream and the I/O thread that sends it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "http/http.hpp"

namespace berth::http {

class StreamQueue {
 public:
  /// `wake` asks the I/O thread to call `take`; it is called with the lock held, never after `close`, and
  /// must not block. Bytes count against the limit until they are handed to the kernel.
  StreamQueue(std::size_t limit_bytes, std::function<void()> wake);

  // For writers, on any thread.
  bool send(std::string bytes);
  void finish();
  void abandon();  // the last handle went without `finish`
  bool open() const;

  // For the connection, on the I/O thread.
  struct Batch {
    std::string bytes;
    bool last = false;       // nothing follows, end the answer properly
    bool abandoned = false;  // cut the answer off after these bytes
  };
  /// All that waits. It stays counted until `sent`.
  Batch take();
  void sent();
  /// More was written than the other end reads: cut the answer off.
  bool too_slow() const;
  /// The connection is gone: from now on `send` says so and nothing wakes the I/O thread.
  void close();

 private:
  void wake_once();

  const std::size_t limit_bytes_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::string waiting_;
  std::size_t in_flight_bytes_ = 0;
  bool woken_ = false;
  bool finished_ = false;
  bool abandoned_ = false;
  bool too_slow_ = false;
  bool closed_ = false;
};

/// The face that writers hold.
std::shared_ptr<Stream> make_stream(std::shared_ptr<StreamQueue> queue);

}  // namespace berth::http
