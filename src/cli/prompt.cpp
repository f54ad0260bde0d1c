#include "cli/prompt.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>

namespace berth::cli {
namespace {

/// Echo off for its length, also when reading fails and when a signal ends the program: the signals that do
/// so are held back meanwhile, and end it once the echo is on again.
class SilentTerminal {
 public:
  SilentTerminal() {
    sigemptyset(&ending_);
    for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ending_, each);
    pthread_sigmask(SIG_BLOCK, &ending_, &held_before_);
    heard_ = signalfd(-1, &ending_, SFD_CLOEXEC);
    if (heard_ < 0) pthread_sigmask(SIG_SETMASK, &held_before_, nullptr);
    changed_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!changed_) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    if (heard_ >= 0) close(heard_);
    std::cerr << '\n';
    pthread_sigmask(SIG_SETMASK, &held_before_, nullptr);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  /// Until there is a line to read: true; false when a signal came before.
  bool wait() const {
    std::array<pollfd, 2> looked{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                  {.fd = heard_, .events = POLLIN, .revents = 0}}};
    while (poll(looked.data(), looked.size(), -1) < 0) {
    }
    return looked.back().revents == 0;
  }

 private:
  termios before_{};
  sigset_t ending_{};
  sigset_t held_before_{};
  int heard_ = -1;
  bool changed_ = false;
};

}  // namespace

Result<std::string> ask_password(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(Code::kInvalid, "there is no terminal to ask for the password at; use --password-stdin");
  }
  std::cerr << question << std::flush;
  const SilentTerminal silent;
  if (!silent.wait()) return fail(Code::kInvalid, "no password was given");
  return read_password_line();
}

Result<std::string> read_password_line() {
  std::string line;
  std::getline(std::cin, line);
  // A file that was written elsewhere ends its lines in two characters.
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(Code::kInvalid, "no password was given");
  return line;
}

bool is_asked() {
  return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

bool confirmed(const std::string& question) {
  std::cerr << question << " [y/N] " << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) std::cerr << '\n';
  return line == "y" || line == "Y" || line == "yes";
}

}  // namespace berth::cli
