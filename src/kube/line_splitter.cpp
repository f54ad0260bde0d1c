#include "kube/line_splitter.hpp"

#include <fmt/format.h>

namespace berth::kube {

Status LineSplitter::feed(std::string_view bytes, const std::function<bool(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (rest_.size() + piece.size() > max_line_bytes_) {
      return fail(Code::kTooLarge,
                  fmt::format("a line of the stream is longer than {} bytes", max_line_bytes_));
    }
    if (end == std::string_view::npos) {
      rest_ += piece;
      return {};
    }
    bytes.remove_prefix(end + 1);
    std::string whole;  // owns the joined line while `on_line` reads it
    auto line = piece;
    if (!rest_.empty()) {
      whole = std::move(rest_);
      rest_.clear();
      whole += piece;
      line = whole;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !on_line(line)) return {};
  }
  return {};
}

}  // namespace berth::kube
