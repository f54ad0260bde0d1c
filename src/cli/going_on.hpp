// Commands about a session that runs: extend and open.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class GoingOnCommands {
 public:
  explicit GoingOnCommands(CLI::App& app);
  ~GoingOnCommands();
  GoingOnCommands(const GoingOnCommands&) = delete;
  GoingOnCommands& operator=(const GoingOnCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
