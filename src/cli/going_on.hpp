// Commands about a session that runs: extend, open, shell, port-forward, kubeconfig, share and unshare.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  /// The words after "--" of `berth shell`, which CLI11 would read as its own lists and numbers.
  void take_command(std::vector<std::string> words);
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
