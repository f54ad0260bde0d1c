// Commands about models on a node's disk: cache fetch, cache verify. They ask no portal.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class CachingCommands {
 public:
  explicit CachingCommands(CLI::App& app);
  ~CachingCommands();
  CachingCommands(const CachingCommands&) = delete;
  CachingCommands& operator=(const CachingCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
