// berth gpu: how cards are cut and shared, from a pool file alone; and when, from a pool's bookings.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds the command to `app`. After parsing, `run` does what was asked for and gives the exit code; empty
/// when it was none of these.
class GpuCommands {
 public:
  explicit GpuCommands(CLI::App& app);
  ~GpuCommands();
  GpuCommands(const GpuCommands&) = delete;
  GpuCommands& operator=(const GpuCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
