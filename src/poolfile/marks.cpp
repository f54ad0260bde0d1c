#include "poolfile/marks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace berth::poolfile {

std::vector<int> marked_lines(std::string_view text) {
  std::vector<int> lines;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto comment = line.find('#');
    // A line that is a comment alone tells of what could not be read, or how the marks are meant.
    const auto value = line.find_first_not_of(" \t");
    if (comment != std::string_view::npos && value < comment &&
        line.find(kNotKnown, comment) != std::string_view::npos)
      lines.push_back(number);
  }
  return lines;
}

std::string marks_text(std::string_view text, std::string_view file) {
  constexpr std::size_t kShown = 10;
  const auto lines = marked_lines(text);
  if (lines.empty()) return "";
  const auto shown = std::span(lines).first(std::min(lines.size(), kShown));
  return fmt::format(
      "{} has {} value{} that the cluster did not tell and that stand{} there as an example (NOT "
      "KNOWN: line{} {}{}): say what is so, and take the comment away",
      file, lines.size(), lines.size() == 1 ? "" : "s", lines.size() == 1 ? "s" : "",
      lines.size() == 1 ? "" : "s", fmt::join(shown, ", "), lines.size() > kShown ? ", ..." : "");
}

}  // namespace berth::poolfile
