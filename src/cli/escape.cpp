#include "cli/escape.hpp"

namespace berth::cli {

EscapeReader::Typed EscapeReader::take(std::string_view bytes) {
  Typed typed;
  for (const char c : bytes) {
    if (after_tilde_) {
      after_tilde_ = false;
      if (c == '.') {
        typed.ends = true;
        return typed;
      }
      if (c == '?') {
        typed.asks = true;
        line_begins_ = true;
        continue;
      }
      typed.bytes += '~';
      line_begins_ = false;
      if (c == '~') continue;
    } else if (line_begins_ && c == '~') {
      after_tilde_ = true;
      continue;
    }
    typed.bytes += c;
    line_begins_ = c == '\r' || c == '\n';
  }
  return typed;
}

}  // namespace berth::cli
