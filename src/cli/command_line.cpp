#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/slips.hpp"
#include "base/text.hpp"

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

/// The nearest of `words`; empty when none is near.
std::string nearest(const std::string& typed, const std::vector<std::string>& words) {
  constexpr std::size_t kLettersASlip = 2;
  constexpr std::size_t kMostSlips = 3;
  std::string best;
  auto fewest = std::clamp<std::size_t>(typed.size() / kLettersASlip, 1, kMostSlips) + 1;
  for (const auto& word : words) {
    const auto distance = slips(typed, word);
    if (distance >= fewest) continue;
    fewest = distance;
    best = word;
  }
  return best;
}

std::string guess(const std::string& best) {
  return best.empty() ? "" : fmt::format("; did you mean {}?", best);
}

std::optional<std::string> unknown_option(const Place& place, const Typed& typed) {
  for (const auto& word : typed) {
    if (word == "--") break;
    if (word.size() < 3 || !word.starts_with("--") || option_of(*place.command, word) != nullptr) continue;
    if (place.path != "berth" && word == "--help") continue;
    std::vector<std::string> names;
    for (const auto* option : place.command->get_options()) {
      if (option->get_group().empty()) continue;
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    const auto name = word.substr(0, word.find('='));
    return fmt::format("unknown option \"{}\" of {}{}", shown(name), place.path, guess(nearest(name, names)));
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
    return fmt::format("unknown command \"{}\"{}{}", shown(word),
                       place.command == &app ? "" : " of " + place.path, guess(nearest(word, names)));
  }
  return unknown_option(place, Typed(typed.begin(), typed.end()));
}

std::string command_path(const CLI::App& app, const Typed& typed) {
  return place_of(app, typed).path;
}

}  // namespace berth::cli
