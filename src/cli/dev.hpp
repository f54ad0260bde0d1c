// berth dev: what was changed in a checkout, built and rolled out in the OpenShift cluster of `oc`, and back.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds the command to `app`. After parsing, `run` does what was asked for and gives the exit code; empty
/// when it was none of these.
class DevCommands {
 public:
  explicit DevCommands(CLI::App& app);
  ~DevCommands();
  DevCommands(const DevCommands&) = delete;
  DevCommands& operator=(const DevCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
