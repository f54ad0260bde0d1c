#include "cli/home.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <utility>
#include <vector>

#include "cli/conversation.hpp"
#include "cli/home_text.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/words.hpp"

namespace berth::cli {

struct HomeCommands::State : Conversation {
  explicit State(CLI::App& app) {
    auto* home = app.add_subcommand("home", "Your files that outlive their sessions: list, delete");
    home->group("Commands");
    home->require_subcommand(1);
    auto* made = command(*home, "list", "Which there are, until when, the last used first",
                         [this] { return do_list(); });
    with_output(made);
    made = command(*home, "delete", "Have them deleted before their time; there is no way back",
                   [this] { return do_delete(); });
    made->add_option("home", ref,
                     "Id, its first characters, or the name of the reservation that had them last")
        ->required();
    made->add_flag("-y,--yes", yes, "Delete without asking first, as scripts do");
    with_output(made);
  }

  CLI::App* command(CLI::App& in, const std::string& verb, const std::string& what,
                    std::function<int()> action) {
    auto* made = in.add_subcommand(verb, what);
    actions.emplace_back(made, std::move(action));
    return made;
  }
  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  int do_list() {
    int code = kOk;
    const auto list = ask({.method = "GET", .path = "/homes"}, code);
    return list ? show(*list, homes_text(*list, server_now)) : code;
  }

  int do_delete() {
    int code = kOk;
    const auto list = ask({.method = "GET", .path = "/homes"}, code);
    if (!list) return code;
    const auto found = choose_home(ref, list->at("items").as_array());
    if (!found) {
      const auto how = complain(found.error());
      return found.error().code == Code::kNotFound ? kNotFound : how;
    }
    if (!yes && is_asked()) {
      std::cerr << homes_text(json::object{{"items", json::array{*found}}}, server_now);
      if (!confirmed("Delete these files?")) {
        std::cerr << "berth: nothing was done\n";
        return kFailed;
      }
    }
    const auto gone = ask({.method = "DELETE", .path = "/homes/" + string_at(*found, {"id"})}, code);
    return gone ? show(*gone, homes_text(json::object{{"items", json::array{*gone}}}, server_now)) : code;
  }

  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
  std::string ref;
  bool yes = false;
};

HomeCommands::HomeCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
HomeCommands::~HomeCommands() = default;

std::optional<int> HomeCommands::run() const {
  for (const auto& [command, action] : state_->actions) {
    if (command->parsed()) return action();
  }
  return std::nullopt;
}

}  // namespace berth::cli
