// The commands for files that outlive their sessions: home list, home delete.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

class HomeCommands {
 public:
  explicit HomeCommands(CLI::App& app);
  ~HomeCommands();
  HomeCommands(const HomeCommands&) = delete;
  HomeCommands& operator=(const HomeCommands&) = delete;
  /// After parsing: the exit code; empty when the command was none of these.
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
