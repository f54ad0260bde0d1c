#include "cli/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace berth::cli {

Result<int> run_child(const std::vector<std::string>& words, Heard heard) {
  if (words.empty()) return fail(Code::kInternal, "no program is named");
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));  // exec's own signature
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (heard == Heard::kErrors)
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::cout.flush();
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments.front(), &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    return fail(error == ENOENT ? Code::kNotFound : Code::kUnavailable,
                fmt::format("{} cannot be run: {}", words.front(), std::strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      return fail(Code::kUnavailable, fmt::format("{}: {}", words.front(), std::strerror(errno)));
  }
  constexpr int kBySignal = 128;  // as shells tell it
  return WIFEXITED(status) ? WEXITSTATUS(status) : kBySignal + WTERMSIG(status);
}

}  // namespace berth::cli
