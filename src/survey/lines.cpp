#include "survey/lines.hpp"

#include <algorithm>

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace berth::survey {
namespace {

constexpr std::size_t kCommentColumn = 40;
constexpr std::size_t kLongestComment = 400;

/// Comments repeat what nodes say of themselves: a line break in one would be YAML again.
std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : first_bytes(text, kLongestComment))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out;
}

}  // namespace

std::string scalar(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kMore = "0123456789-_./";
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const bool plain =
      !text.empty() && kLetters.find(text.front()) != std::string_view::npos &&
      std::ranges::find(kWords, in_lower_case(text)) == std::end(kWords) &&
      std::ranges::all_of(text, [&](char c) {
        return kLetters.find(c) != std::string_view::npos || kMore.find(c) != std::string_view::npos;
      });
  return plain ? std::string(text) : json_text(json::value(text));
}

std::string flow_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() == 1 ? "" : ", ") + json_text(json::value(item));
  return out + "]";
}

void Lines::add(std::string_view text, std::string_view comment) {
  text_ += text;
  if (!comment.empty()) {
    text_.append(text.size() < kCommentColumn ? kCommentColumn - text.size() : 2, ' ');
    text_ += "# " + in_one_line(comment);
  }
  text_ += '\n';
}

void Lines::comment(int indent, std::string_view text) {
  text_.append(static_cast<std::size_t>(indent), ' ');
  text_ += "# " + in_one_line(text) + '\n';
}

}  // namespace berth::survey
