// Shell completion, made by walking the commands themselves, so that it never lags behind them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace CLI {
class App;
}

namespace berth::cli {

/// `shell` is bash, zsh or fish. Commands and their subcommands, two levels. Where a value is due its words
/// are offered, and none of the options; classes, names, pools and teams are asked of the server then.
std::string completion_script(const CLI::App& app, const std::string& shell);

/// The kinds of objects that the audit log is about.
std::vector<std::string> audit_kinds();

/// What a value may be, of an answer of the API: "classes" or "pools" of the pools, "teams" of who one is,
/// "names" of reservations, "running" and "waiting" those of such ones: where one has none, or one that a
/// shell would take apart, the beginning of its id.
std::vector<std::string> words_in(std::string_view kind, const json::value& answer);

}  // namespace berth::cli
