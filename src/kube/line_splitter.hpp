// A watch is one JSON object a line, cut anywhere by the network.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::kube {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  /// Calls `on_line` for each line that is complete, without its end; empty lines are passed over. Stops
  /// early, as a success, when `on_line` returns false. kTooLarge when a line is longer than the limit.
  Status feed(std::string_view bytes, const std::function<bool(std::string_view)>& on_line);

  /// What is left is a line cut in the middle: the rest of it never came.
  bool has_rest() const { return !rest_.empty(); }

 private:
  std::size_t max_line_bytes_;
  std::string rest_;
};

}  // namespace berth::kube
