// Standard input and output beside a thread that must not wait for them. They stay as blocking as they were:
// whoever else has them, as the shell that started this, shares that. Internal to this module.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace berth::cli {

/// Reads a piece, hands it to `take` on its own thread, and waits for `more` before the next. An empty piece
/// is the end.
class InputReader {
 public:
  InputReader(int file, std::size_t most, std::function<void(std::string)> take);
  ~InputReader();
  InputReader(const InputReader&) = delete;
  InputReader& operator=(const InputReader&) = delete;
  void more();

 private:
  void run(int file, std::size_t most);
  bool wait_until_wanted();

  const std::function<void(std::string)> take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = true;
  bool stopped_ = false;
  int wake_;  // an eventfd
  std::thread thread_;
};

/// Writes one piece at a time and calls `done` on its own thread: false where nobody takes it any more.
class OutputWriter {
 public:
  explicit OutputWriter(std::function<void(bool)> done);
  ~OutputWriter();
  OutputWriter(const OutputWriter&) = delete;
  OutputWriter& operator=(const OutputWriter&) = delete;
  void write(int file, std::string bytes);

 private:
  struct Piece {
    int file;
    std::string bytes;
  };
  void run();

  const std::function<void(bool)> done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Piece> piece_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace berth::cli
