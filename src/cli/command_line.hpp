// The command line as it was typed, before it is parsed and when it cannot be.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace berth::cli {

using Typed = std::vector<std::string>;  // without the program's own name

/// "help book" as "book --help", "version" as "--version", and help for nothing at all.
Typed spelled_out(Typed typed);

/// Which command, or option of a command, is none, and which may have been meant: "unknown command "bok"; did
/// you mean book?" Empty when it is neither.
std::optional<std::string> unknown_word(const CLI::App& app, const Typed& typed);

/// After parsing: which word was typed as nothing, as `berth end "$ID"` does where ID is not set. Nothing is
/// called so, and to leave a word out is not to type an empty one. Empty when all of them say something.
std::optional<std::string> empty_word(const CLI::App& app, const Typed& typed);

/// Takes the words after "--" of `berth shell` out of what was typed, and that with them: they are another
/// program's.
Typed take_foreign(const CLI::App& app, Typed& typed);

/// "berth free": the command that was asked for, as far as there is one.
std::string command_path(const CLI::App& app, const Typed& typed);

}  // namespace berth::cli
