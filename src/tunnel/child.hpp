// A command with a terminal, or with three pipes, as a child of this process. Internal to this module.
#pragma once

#include <sys/types.h>

#include "base/result.hpp"
#include "tunnel/shell_messages.hpp"

namespace berth::tunnel {

/// The ends that are ours, for whoever takes them to close.
struct Child {
  pid_t pid = 0;
  int input = -1;  // of a terminal the same as `output`, by another number
  int output = -1;
  int errors = -1;  // -1: a terminal has none
};

/// The leader of a session of its own, with none of this process's files. The login shell is $SHELL.
/// kNotFound where there is no such command, kUnavailable where no process can be started.
Result<Child> start_child(const ShellStart& start);

void set_window(int terminal, const WindowSize& size);

}  // namespace berth::tunnel
