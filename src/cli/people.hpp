// `berth user ...`, `berth team ...`, `berth token ...`, `berth password`: people, and what is one's own.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// After parsing, `run` does what was asked for and gives the exit code; empty when the command was none of
/// these.
class PeopleCommands {
 public:
  explicit PeopleCommands(CLI::App& app);
  ~PeopleCommands();
  PeopleCommands(const PeopleCommands&) = delete;
  PeopleCommands& operator=(const PeopleCommands&) = delete;
  std::optional<int> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
