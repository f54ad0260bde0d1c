// Commands about what lies on a node's disk before it is needed: here, and at the portal.
#pragma once

#include <functional>
#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cache {
struct Settings;
}

namespace berth::cli {

/// Runs the daemon of a node's cache until the program is told to stop; how to exit.
using KeepCache = std::function<int(const cache::Settings&)>;

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class CachingCommands {
 public:
  CachingCommands(CLI::App& app, KeepCache keep);
  ~CachingCommands();
  CachingCommands(const CachingCommands&) = delete;
  CachingCommands& operator=(const CachingCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
