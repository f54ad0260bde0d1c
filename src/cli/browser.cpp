#include "cli/browser.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace berth::cli {
namespace {

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool has_desktop() {
  return isatty(STDOUT_FILENO) != 0 &&
         (!environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty() ||
          !environment("BROWSER").empty());
}

bool open_in_browser(const std::string& url) {
  auto program = environment("BROWSER");
  if (program.empty()) program = "xdg-open";
  auto address = url;
  std::array<char*, 3> arguments{program.data(), address.data(), nullptr};
  // What it says is not for this terminal.
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, each, "/dev/null", O_RDWR, 0);
  // A session of its own: where this command is all that its terminal was opened for, what hangs up with the
  // terminal would take along a browser that has not come up yet.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program.c_str(), &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed == 0;
}

}  // namespace berth::cli
