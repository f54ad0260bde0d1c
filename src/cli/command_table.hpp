// Some commands of one part of the client: what each is called, and what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::cli {

class CommandTable {
 public:
  explicit CommandTable(CLI::App& app) : app_(&app) {}

  CLI::App* add(const std::string& name, const std::string& what, std::function<int()> action) {
    auto* made = app_->add_subcommand(name, what);
    made->group("Commands");
    actions_.emplace_back(made, std::move(action));
    return made;
  }
  /// After parsing: does what was asked for; empty when that was none of these.
  std::optional<int> run() const {
    for (const auto& [command, action] : actions_) {
      if (command->parsed()) return action();
    }
    return std::nullopt;
  }

 private:
  CLI::App* app_;
  std::vector<std::pair<CLI::App*, std::function<int()>>> actions_;
};

}  // namespace berth::cli
