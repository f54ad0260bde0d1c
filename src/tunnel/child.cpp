#include "tunnel/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace berth::tunnel {
namespace {

constexpr std::string_view kUsualShell = "/bin/sh";

/// Closed unless it is taken.
class File {
 public:
  explicit File(int number = -1) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int take() { return std::exchange(number_, -1); }

 private:
  int number_;
};

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// A session of its own, and signals as a program expects them.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none{};
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t all{};
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

tl::unexpected<Error> cannot(std::string_view what) {
  return fail(Code::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const std::string& terminal_name) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with("TERM=")) all.emplace_back(*one);
  }
  if (!terminal_name.empty()) all.push_back("TERM=" + terminal_name);
  return all;
}

Result<pid_t> spawn(const ShellStart& start, Actions& actions) {
  posix_spawn_file_actions_addclosefrom_np(actions.get(), STDERR_FILENO + 1);
  auto words = start.command;
  std::string program;
  if (words.empty()) {
    const auto* shell = std::getenv("SHELL");
    program = shell == nullptr || *shell == '\0' ? kUsualShell : shell;
    words.push_back("-" + program.substr(program.rfind('/') + 1));  // by which it knows that it is a login's
  } else {
    program = words.front();
  }
  auto environment = environment_with(start.terminal_name);
  const Attributes attributes;
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, program.c_str(), actions.get(), attributes.get(),
                                 pointers_to(words).data(), pointers_to(environment).data());
  if (error == 0) return pid;
  const auto what = fmt::format("{}: {}", shown(program), std::strerror(error));
  return fail(error == ENOENT || error == EACCES || error == ENOEXEC ? Code::kNotFound : Code::kUnavailable,
              what);
}

Result<Child> start_in_terminal(const ShellStart& start) {
  File master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 64> name{};
  if (master.number() < 0 || ::grantpt(master.number()) != 0 || ::unlockpt(master.number()) != 0 ||
      ::ptsname_r(master.number(), name.data(), name.size()) != 0) {
    return cannot("no terminal can be made");
  }
  set_window(master.number(), *start.terminal);
  // Held until the child has it: a terminal that nobody has open reads as one that has ended.
  const File slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  File input(::fcntl(master.number(), F_DUPFD_CLOEXEC, 0));
  if (slave.number() < 0 || input.number() < 0) return cannot("no terminal can be made");
  Actions actions;
  // The leader of a session gets the first terminal that it opens for its own.
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, name.data(), O_RDWR, 0);
  posix_spawn_file_actions_adddup2(actions.get(), STDIN_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), STDIN_FILENO, STDERR_FILENO);
  const auto pid = spawn(start, actions);
  if (!pid) return fail(pid.error());
  return Child{.pid = *pid, .input = input.take(), .output = master.take(), .errors = -1};
}

struct Pipe {
  File reading;
  File writing;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot("no pipe can be made");
  return Pipe{File(ends[0]), File(ends[1])};
}

Result<Child> start_with_pipes(const ShellStart& start) {
  auto input = make_pipe();
  auto output = make_pipe();
  auto errors = make_pipe();
  for (const auto* one : {&input, &output, &errors}) {
    if (!*one) return fail(one->error());
  }
  Actions actions;
  posix_spawn_file_actions_adddup2(actions.get(), input->reading.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), output->writing.number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), errors->writing.number(), STDERR_FILENO);
  const auto pid = spawn(start, actions);
  if (!pid) return fail(pid.error());
  return Child{.pid = *pid,
               .input = input->writing.take(),
               .output = output->reading.take(),
               .errors = errors->reading.take()};
}

}  // namespace

Result<Child> start_child(const ShellStart& start) {
  return start.terminal ? start_in_terminal(start) : start_with_pipes(start);
}

void set_window(int terminal, const WindowSize& size) {
  winsize window{};
  window.ws_row = size.rows;
  window.ws_col = size.columns;
  ::ioctl(terminal, TIOCSWINSZ, &window);  // one that has ended needs none
}

}  // namespace berth::tunnel
