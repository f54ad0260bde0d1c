// The commands that book and change: book, move, cancel, end.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// After parsing, `run` does what was asked for and gives the exit code; empty when it was none of these.
class BookingCommands {
 public:
  explicit BookingCommands(CLI::App& app);
  ~BookingCommands();
  BookingCommands(const BookingCommands&) = delete;
  BookingCommands& operator=(const BookingCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
