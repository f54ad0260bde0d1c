// The command for who is inside a workspace: here.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

class HereCommands {
 public:
  explicit HereCommands(CLI::App& app);
  ~HereCommands();
  HereCommands(const HereCommands&) = delete;
  HereCommands& operator=(const HereCommands&) = delete;
  /// After parsing: the exit code; empty when the command was none of these.
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
