#include "cli/raw_terminal.hpp"

#include <sys/ioctl.h>

namespace berth::cli {

RawTerminal::RawTerminal(int file) : file_(file) {
  termios now{};
  if (::tcgetattr(file_, &now) != 0) return;  // it has gone; reading tells
  before_ = now;
  raw();
}

void RawTerminal::raw() {
  if (!before_) return;
  auto all = *before_;
  ::cfmakeraw(&all);
  ::tcsetattr(file_, TCSADRAIN, &all);
}

void RawTerminal::restore() {
  if (before_) ::tcsetattr(file_, TCSANOW, &*before_);
}

tunnel::WindowSize window_of(int file) {
  constexpr unsigned short kMostCells = 10'000;
  winsize size{};
  const bool told = ::ioctl(file, TIOCGWINSZ, &size) == 0;
  const auto fits = [&](unsigned short side) { return told && side >= 1 && side <= kMostCells; };
  tunnel::WindowSize window;
  if (fits(size.ws_row)) window.rows = size.ws_row;
  if (fits(size.ws_col)) window.columns = size.ws_col;
  return window;
}

}  // namespace berth::cli
