// `berth cost ...`: token economics on this computer. A server is asked only for the profile of --own-days.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds `cost` with unit, breakeven, solve, agents, sensitivity, fleet, sourcing, inputs and check to `app`.
/// After parsing, `run` does what was asked for and gives the exit code; empty when the command was none of
/// these.
class CostCommands {
 public:
  explicit CostCommands(CLI::App& app);
  ~CostCommands();
  CostCommands(const CostCommands&) = delete;
  CostCommands& operator=(const CostCommands&) = delete;
  std::optional<int> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
