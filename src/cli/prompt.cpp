#include "cli/prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace berth::cli {
namespace {

/// Echo off for its length, also when reading fails.
class SilentTerminal {
 public:
  SilentTerminal() {
    changed_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!changed_) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<std::string> ask_password(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) {
    return fail(Code::kInvalid, "there is no terminal to ask for the password at; use --password-stdin");
  }
  std::cerr << question << std::flush;
  const SilentTerminal silent;
  auto line = read_password_line();
  std::cerr << '\n';
  return line;
}

Result<std::string> read_password_line() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty()) return fail(Code::kInvalid, "no password was given");
  return line;
}

}  // namespace berth::cli
