#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "cli/guess.hpp"

namespace berth::cli {
namespace {

/// What stands at one place of the line, as far as commands were understood.
struct Place {
  const CLI::App* command;
  std::string path;
  std::size_t next = 0;  // among what was typed
};

const CLI::App* below(const CLI::App& command, const std::string& name) {
  for (const auto* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == name) return each;
  }
  return nullptr;
}

const CLI::Option* option_of(const CLI::App& command, const std::string& typed) {
  return command.get_option_no_throw(typed.substr(0, typed.find('=')));
}

/// Over options and their values.
std::size_t after_options(const CLI::App& command, const Typed& typed, std::size_t at) {
  while (at < typed.size() && typed[at].size() > 1 && typed[at].front() == '-') {
    const auto* option = option_of(command, typed[at]);
    const bool has_value =
        option != nullptr && option->get_items_expected_max() > 0 && typed[at].find('=') == std::string::npos;
    at += has_value ? 2 : 1;
  }
  return at;
}

Place place_of(const CLI::App& app, const Typed& typed) {
  Place place{.command = &app, .path = "berth", .next = after_options(app, typed, 0)};
  while (place.next < typed.size()) {
    const auto* found = below(*place.command, typed[place.next]);
    if (found == nullptr) break;
    place = {.command = found,
             .path = place.path + " " + typed[place.next],
             .next = after_options(*found, typed, place.next + 1)};
  }
  return place;
}

bool is_blank(std::string_view word) {
  return trimmed(word).empty();
}

bool is_short(std::string_view word) {
  constexpr std::string_view kOfNumbers = "0123456789.";
  return word.size() > 1 && word.front() == '-' && word[1] != '-' &&
         kOfNumbers.find(word[1]) == std::string_view::npos;
}

/// The name in a word that is an option: "--units" of "--units=2", "-u" of "-u2". Empty where it is none.
std::string option_in(const std::string& word) {
  constexpr std::size_t kShortBytes = 2;
  if (word.size() > kShortBytes && word.starts_with("--")) return word.substr(0, word.find('='));
  return is_short(word) ? word.substr(0, kShortBytes) : "";
}

/// Of the command or of one above it, before whose name it then stood.
bool is_known(const CLI::App& command, const std::string& option) {
  for (const auto* each = &command; each != nullptr; each = each->get_parent()) {
    if (option_of(*each, option) != nullptr) return true;
  }
  return false;
}

std::optional<std::string> unknown_option(const Place& place, const Typed& typed) {
  for (const auto& word : typed) {
    if (word == "--") break;
    const auto name = option_in(word);
    if (name.empty() || is_known(*place.command, name) || name == "--help" || name == "-h") continue;
    std::vector<std::string> names;
    std::vector<std::string> begin_so;  // for one letter: those that begin with it
    for (const auto* option : place.command->get_options()) {
      if (option->get_group().empty()) continue;
      for (const auto& long_name : option->get_lnames()) {
        names.push_back("--" + long_name);
        if (long_name.front() == name[1]) begin_so.push_back(names.back());
      }
    }
    const auto guess = !is_short(name)        ? did_you_mean(name, names)
                       : begin_so.size() == 1 ? fmt::format("; did you mean {}?", begin_so.front())
                                              : std::string();
    return fmt::format("unknown option \"{}\" of {}{}", shown(name), place.path, guess);
  }
  return std::nullopt;
}

}  // namespace

Typed spelled_out(Typed typed) {
  if (typed.empty()) return {"--help"};
  if (typed.front() == "version" && typed.size() == 1) return {"--version"};
  if (typed.front() != "help") return typed;
  typed.erase(typed.begin());
  typed.emplace_back("--help");
  return typed;
}

std::optional<std::string> unknown_word(const CLI::App& app, const Typed& typed) {
  const auto place = place_of(app, typed);
  const auto commands = place.command->get_subcommands([](const CLI::App*) { return true; });
  if (!commands.empty() && place.next < typed.size()) {
    std::vector<std::string> names;
    for (const auto* each : commands) {
      if (!each->get_group().empty()) names.push_back(each->get_name());
    }
    const auto& word = typed[place.next];
    auto meant = place.command == &app ? other_programs_word(word) : std::string();
    if (meant.empty()) meant = did_you_mean(word, names);
    return fmt::format("unknown command \"{}\"{}{}", shown(word),
                       place.command == &app ? "" : " of " + place.path, meant);
  }
  return unknown_option(place, Typed(typed.begin(), typed.end()));
}

std::optional<std::string> empty_word(const CLI::App& app, const Typed& typed) {
  const auto place = place_of(app, typed);
  const auto told = [&](const std::string& name, const std::string& what) {
    return fmt::format("{}: {} is an empty word{}", place.path, name,
                       what.empty() ? "" : "; meant is: " + what);
  };
  // A file of options or the environment may leave one empty; what was typed may not.
  bool any = false;
  for (const auto& word : typed) {
    const auto sign = word.starts_with("--") ? word.find('=') : std::string::npos;
    const bool is_option = sign != std::string::npos;
    if (!is_blank(is_option ? word.substr(sign + 1) : word)) continue;
    if (is_option) return told(word.substr(0, sign), "");
    any = true;
  }
  if (!any) return std::nullopt;
  for (const auto* command = place.command; command != nullptr; command = command->get_parent()) {
    for (const auto* option : command->get_options()) {
      if (std::ranges::any_of(option->results(), is_blank))
        return told(option->get_name(), option->get_description());
    }
  }
  return fmt::format("{}: one of the words is empty", place.path);
}

Typed take_foreign(const CLI::App& app, Typed& typed) {
  const auto dashes = std::find(typed.begin(), typed.end(), "--");
  if (dashes == typed.end() || command_path(app, typed) != "berth shell") return {};
  Typed foreign(dashes + 1, typed.end());
  typed.erase(dashes, typed.end());
  return foreign;
}

std::string command_path(const CLI::App& app, const Typed& typed) {
  return place_of(app, typed).path;
}

}  // namespace berth::cli
