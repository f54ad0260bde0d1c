// Lines of YAML with comments beside them. Internal to survey.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::survey {

/// A text as a YAML scalar: plain where it can be nothing else, else in quotes.
std::string scalar(std::string_view text);
/// "[a, b]".
std::string flow_list(const std::vector<std::string>& items);

class Lines {
 public:
  void add(std::string_view text, std::string_view comment = {});
  /// A line of its own, at the indent of what follows.
  void comment(int indent, std::string_view text);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace berth::survey
