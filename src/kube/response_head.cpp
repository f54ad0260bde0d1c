#include "kube/response_head.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/text.hpp"

namespace berth::kube {

namespace {

constexpr std::size_t kMaxAnswerWarnings = 16;

bool starts_with_name(std::string_view line, std::string_view lower_name) {
  return line.size() >= lower_name.size() &&
         std::ranges::equal(line.substr(0, lower_name.size()), lower_name, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
         });
}

/// The inside of a quoted string of a header: a backslash stands before what it keeps from ending the string.
std::string unescaped(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    text += quoted[i];
  }
  return text;
}

}  // namespace

void read_header_line(std::string_view line, HttpResponse& response) {
  if (line.starts_with("HTTP/")) {
    response = {};
  } else if (starts_with_name(line, "content-type:")) {
    response.content_type = trimmed(line.substr(line.find(':') + 1));
  } else if (starts_with_name(line, "retry-after:")) {
    const auto text = trimmed(line.substr(line.find(':') + 1));
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds >= 0) {
      response.retry_after_seconds = seconds;
    }
  } else if (starts_with_name(line, "warning:") && response.warnings.size() < kMaxAnswerWarnings) {
    const auto first = line.find('"');
    const auto last = line.rfind('"');
    if (first < last && last != std::string_view::npos) {
      response.warnings.push_back(unescaped(line.substr(first + 1, last - first - 1)));
    }
  }
}

}  // namespace berth::kube
