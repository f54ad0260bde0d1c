#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

namespace berth::cli {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> words_after(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto* below : commands_of(command)) words.push_back(below->get_name());
  for (auto& option : option_names(command)) words.push_back(std::move(option));
  return words;
}

std::string bash(const CLI::App& app) {
  std::string cases;
  const auto add = [&](const std::string& pattern, const CLI::App& command) {
    cases += fmt::format("    {}) words=\"{}\" ;;\n", pattern, fmt::join(words_after(command), " "));
  };
  for (const auto* command : commands_of(app)) {
    // The longer path comes first, for the first pattern that fits is taken.
    for (const auto* below : commands_of(*command)) {
      add(fmt::format("\"{} {}\"", command->get_name(), below->get_name()), *below);
    }
    add(fmt::format("\"{} \"*", command->get_name()), *command);
  }
  add("*", app);
  return fmt::format(
      "_berth() {{\n"
      "  local words path=() word\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$word\" in -*) ;; *) path+=(\"$word\") ;; esac\n"
      "  done\n"
      "  case \"${{path[0]:-}} ${{path[1]:-}}\" in\n"
      "{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _berth berth\n",
      cases);
}

/// In single quotes as fish reads them.
std::string fish_quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string fish(const CLI::App& app) {
  std::string out = "complete -c berth -f\n";
  const auto add = [&](const CLI::App& command, const std::string& offered_when, const std::string& seen) {
    out += fmt::format("complete -c berth -n '{}' -a {} -d '{}'\n", offered_when, command.get_name(),
                       fish_quoted(command.get_description()));
    for (const auto* option : command.get_options()) {
      if (option->get_group().empty()) continue;
      for (const auto& name : option->get_lnames()) {
        out += fmt::format("complete -c berth -n '{}' -l {} -d '{}'\n", seen, name,
                           fish_quoted(option->get_description()));
      }
    }
  };
  for (const auto* command : commands_of(app)) {
    const auto seen = "__fish_seen_subcommand_from " + command->get_name();
    add(*command, "__fish_use_subcommand", seen);
    for (const auto* below : commands_of(*command)) {
      add(*below, seen, seen + "; and __fish_seen_subcommand_from " + below->get_name());
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return fish(app);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app);
  return bash(app);
}

}  // namespace berth::cli
