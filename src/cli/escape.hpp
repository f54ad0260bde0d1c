// The way out of a terminal on another machine, as ssh has it: Enter ~ .
#pragma once

#include <string>
#include <string_view>

namespace berth::cli {

/// Watches what is typed. At the beginning of a line "~." ends, "~?" tells what there is, "~~" is one "~";
/// before anything else "~" is itself. What is pasted in one piece is treated alike.
class EscapeReader {
 public:
  struct Typed {
    std::string bytes;  // to be sent
    bool ends = false;  // what came after it is not sent
    bool asks = false;  // to be told what there is
  };
  Typed take(std::string_view bytes);

 private:
  bool line_begins_ = true;
  bool after_tilde_ = false;
};

}  // namespace berth::cli
