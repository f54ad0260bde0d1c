#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <vector>

#include "cli/words.hpp"

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
  return app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

std::vector<std::string> words_after(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto* below : commands_of(command)) words.push_back(below->get_name());
  for (auto& option : option_names(command)) words.push_back(std::move(option));
  return words;
}

/// What a value may be: words, or "@kind" for those that `berth __words kind` knows. Empty where it may be
/// anything.
std::string values_of_option(const std::string& path, const CLI::Option& option) {
  static const std::map<std::string, std::string, std::less<>> kOutputs{{"usage", "table json csv"},
                                                                        {"get pool", "yaml json"},
                                                                        {"get cluster", "yaml json"},
                                                                        {"kubeconfig", ""}};
  static const std::map<std::string, std::string, std::less<>> kValues{
      {"pool", "@pools"},
      {"team", "@teams"},
      {"state", "@states"},
      {"mode", "interactive_ml inference_containers"},
      {"by", "session owner team class month"},
      {"output", "table json"},
      {"log-level", "debug info warning error"},
      {"kind", fmt::format("{}", fmt::join(audit_kinds(), " "))},
      {"start", "now today tomorrow"},
      {"until", "today tomorrow"},
      {"role", "member lead finance admin"},
      {"scope", "read write admin"}};
  for (const auto& name : option.get_lnames()) {
    if (const auto other = kOutputs.find(path); name == "output" && other != kOutputs.end())
      return other->second;
    if (const auto found = kValues.find(name); found != kValues.end()) return found->second;
  }
  return "";
}

std::string values_of_arguments(const CLI::App& app, const std::string& path) {
  if (path == "help") {
    std::vector<std::string> names;
    for (const auto* command : commands_of(app)) names.push_back(command->get_name());
    return fmt::format("{}", fmt::join(names, " "));
  }
  static const std::map<std::string, std::string, std::less<>> kValues{
      {"book", "@classes"},  {"show", "@names"},          {"move", "@names"},
      {"extend", "@names"},  {"open", "@running"},        {"cancel", "@waiting"},
      {"end", "@running"},   {"get pool", "@pools"},      {"completion", "bash zsh fish"},
      {"share", "@names"},   {"unshare", "@names"},       {"kubeconfig", "@running"},
      {"shell", "@running"}, {"port-forward", "@running"}};
  const auto found = kValues.find(path);
  return found == kValues.end() ? "" : found->second;
}

/// As a shell writes it: words as they are, others by asking.
std::string asked_for(const std::string& values, bool fish) {
  if (!values.starts_with("@")) return values;
  return fish ? "(berth __words " + values.substr(1) + ")"
              : "$(berth __words " + values.substr(1) + " 2>/dev/null)";
}

/// Every option that wants a value, with what it may be.
std::string value_cases(const std::string& path, const CLI::App& command) {
  std::string cases;
  for (const auto* option : command.get_options()) {
    if (option->get_group().empty() || option->get_items_expected_max() == 0) continue;
    std::vector<std::string> names;
    for (const auto& name : option->get_lnames()) names.push_back(fmt::format("\"{} --{}\"", path, name));
    for (const auto& name : option->get_snames()) names.push_back(fmt::format("\"{} -{}\"", path, name));
    if (names.empty()) continue;
    cases += fmt::format("    {}) words=\"{}\"; due=value ;;\n", fmt::join(names, "|"),
                         asked_for(values_of_option(path, *option), false));
  }
  return cases;
}

std::string bash(const CLI::App& app) {
  std::string cases;
  std::string values = value_cases("", app);
  const auto add = [&](const std::string& pattern, const CLI::App& command, const std::string& path) {
    const auto arguments = asked_for(values_of_arguments(app, path), false);
    cases += fmt::format("    {}) words=\"{}\"; arguments='{}'; at={} ;;\n", pattern,
                         fmt::join(words_after(command), " "), arguments,
                         path.empty() ? 0 : 1 + std::count(path.begin(), path.end(), ' '));
    if (!path.empty()) values += value_cases(path, command);
  };
  for (const auto* command : commands_of(app)) {
    // The longer path comes first, for the first pattern that fits is taken.
    for (const auto* below : commands_of(*command)) {
      const auto path = command->get_name() + " " + below->get_name();
      add(fmt::format("\"{}\"", path), *below, path);
    }
    add(fmt::format("\"{} \"*", command->get_name()), *command, command->get_name());
  }
  add("*", app, "");
  return fmt::format(
      "_berth() {{\n"
      "  local words path=() word due=word arguments= at=0\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$word\" in -*) ;; *) path+=(\"$word\") ;; esac\n"
      "  done\n"
      "  case \"${{path[0]:-}} ${{path[1]:-}}\" in\n"
      "{}"
      "  esac\n"
      "  local command=\"${{path[*]:0:at}}\"\n"
      "  case \"$command $before\" in\n"
      "{}"
      "  esac\n"
      "  if [[ $due = word && -n $arguments && $current != -* && ${{#path[@]}} -eq $at ]]; then\n"
      "    eval \"words=\\\"$arguments\\\"\"\n"
      "  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _berth berth\n",
      cases, values);
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
  const auto add = [&](const CLI::App& command, const std::string& path, const std::string& offered_when,
                       const std::string& seen) {
    const auto arguments = asked_for(values_of_arguments(app, path), true);
    if (!arguments.empty()) out += fmt::format("complete -c berth -n '{}' -a '{}'\n", seen, arguments);
    out += fmt::format("complete -c berth -n '{}' -a {} -d '{}'\n", offered_when, command.get_name(),
                       fish_quoted(command.get_description()));
    for (const auto* option : command.get_options()) {
      if (option->get_group().empty()) continue;
      const auto values = asked_for(values_of_option(path, *option), true);
      const auto due = option->get_items_expected_max() == 0 ? std::string()
                       : values.empty()                      ? std::string(" -r")
                                                             : fmt::format(" -x -a '{}'", values);
      for (const auto& name : option->get_lnames()) {
        out += fmt::format("complete -c berth -n '{}' -l {}{} -d '{}'\n", seen, name, due,
                           fish_quoted(option->get_description()));
      }
    }
  };
  for (const auto* command : commands_of(app)) {
    const auto seen = "__fish_seen_subcommand_from " + command->get_name();
    add(*command, command->get_name(), "__fish_use_subcommand", seen);
    for (const auto* below : commands_of(*command)) {
      add(*below, command->get_name() + " " + below->get_name(), seen,
          seen + "; and __fish_seen_subcommand_from " + below->get_name());
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> audit_kinds() {
  return {"claim",   "cluster", "device",      "device_class", "node", "pool", "reservation",
          "session", "team",    "team_member", "token",        "unit", "user"};
}

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return fish(app);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app);
  return bash(app);
}

std::vector<std::string> words_in(std::string_view kind, const json::value& answer) {
  std::vector<std::string> words;
  const auto add = [&](std::string word) {
    if (!word.empty() && shell_word(word) == word && std::ranges::find(words, word) == words.end())
      words.push_back(std::move(word));
  };
  const auto each = [](const json::value& root, std::initializer_list<std::string_view> path,
                       const auto& take) {
    const auto* list = find(root, path);
    if (list == nullptr || !list->is_array()) return;
    for (const auto& item : list->get_array()) take(item);
  };
  if (kind == "teams") {
    each(answer, {"user", "teams"}, [&](const json::value& team) {
      if (team.is_string()) add(std::string(team.get_string()));
    });
    return words;
  }
  each(answer, {"items"}, [&](const json::value& item) {
    if (kind == "classes") {
      each(item, {"device_classes"}, [&](const json::value& it) { add(string_at(it, {"name"})); });
    } else if (kind == "pools") {
      add(string_at(item, {"name"}));
    } else if (kind == "names" || kind == "running" || kind == "waiting") {
      const auto name = string_at(item, {"name"});
      const bool usable = !name.empty() && shell_word(name) == name && name.front() != '-';
      add(usable ? name : string_at(item, {"id"}).substr(0, kShownIdBytes));
    }
  });
  return words;
}

}  // namespace berth::cli
