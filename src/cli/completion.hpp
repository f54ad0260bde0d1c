// Shell completion, made by walking the commands themselves, so that it never lags behind them.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace berth::cli {

/// `shell` is bash, zsh or fish. Commands and their subcommands, two levels.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace berth::cli
