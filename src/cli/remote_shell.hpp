// A command in a workspace, joined to this terminal or these pipes. Internal to this module.
#pragma once

#include <string>
#include <vector>

#include "cli/gate_way.hpp"

namespace berth::cli {

struct ShellAsked {
  std::vector<std::string> command;  // empty: a login shell
  bool wants_terminal = false;       // for a command, too
};

/// A single word that no program is called, with blanks or a shell's own signs in it, is a line for a shell.
std::vector<std::string> as_shell_line(std::vector<std::string> typed);

/// How to exit: as the command did, or as the fault says that was told.
int run_shell(GateWay& way, const ShellAsked& asked);

}  // namespace berth::cli
