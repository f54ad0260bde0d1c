// Commands about what nodes have on their disks before it is needed: cache add, list, pin, rm, status, token.
// They ask the portal.
#pragma once

#include <memory>
#include <optional>

namespace CLI {
class App;
}

namespace berth::cli {

/// Adds them to `cache`, the command that has those about this machine's disk too.
class CacheCatalogueCommands {
 public:
  explicit CacheCatalogueCommands(CLI::App& cache);
  ~CacheCatalogueCommands();
  CacheCatalogueCommands(const CacheCatalogueCommands&) = delete;
  CacheCatalogueCommands& operator=(const CacheCatalogueCommands&) = delete;
  std::optional<int> run() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::cli
