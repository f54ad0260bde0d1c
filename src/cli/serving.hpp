// Commands about model servers: serve fit. It asks no portal.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class ServingCommands {
 public:
  explicit ServingCommands(CLI::App& app);
  ~ServingCommands();
  ServingCommands(const ServingCommands&) = delete;
  ServingCommands& operator=(const ServingCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
