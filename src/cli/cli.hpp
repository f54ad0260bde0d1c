// The user's and admin's commands: a client of the HTTP API and nothing more.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds login, logout, pools, free, book, list, usage, show, move, cancel, end and completion to
/// `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the command was
/// none of these.
class Commands {
 public:
  explicit Commands(CLI::App& app);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
  std::optional<int> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
