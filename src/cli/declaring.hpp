// Commands that declare what there is: apply and get.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class DeclaringCommands {
 public:
  explicit DeclaringCommands(CLI::App& app);
  ~DeclaringCommands();
  DeclaringCommands(const DeclaringCommands&) = delete;
  DeclaringCommands& operator=(const DeclaringCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
