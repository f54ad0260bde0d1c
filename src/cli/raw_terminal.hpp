// The terminal that a person sits at, given over to one on another machine.
#pragma once

#include <termios.h>

#include <optional>

#include "tunnel/shell_messages.hpp"

namespace berth::cli {

/// Every key as it is typed, from here to its end or `restore`.
class RawTerminal {
 public:
  explicit RawTerminal(int file);
  ~RawTerminal() { restore(); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  void restore();
  void raw();

 private:
  int file_;
  std::optional<termios> before_;
};

/// 24 by 80 where it does not say.
tunnel::WindowSize window_of(int file);

}  // namespace berth::cli
