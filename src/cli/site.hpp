// Commands about the installation and oneself: whoami, status, findings, audit.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `app`. After parsing, `run` does what was asked for and gives the exit code; empty when the
/// command was none of these.
class SiteCommands {
 public:
  explicit SiteCommands(CLI::App& app);
  ~SiteCommands();
  SiteCommands(const SiteCommands&) = delete;
  SiteCommands& operator=(const SiteCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
