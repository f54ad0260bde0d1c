#include "cli/colours.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace berth::cli {
namespace {

// Only the sixteen colours that each terminal shows in shades of its own, so that they can be read on any.
constexpr std::array<std::pair<std::string_view, int>, 7> kColours{{{"APPROVED", 36},
                                                                    {"ACTIVE", 32},
                                                                    {"COMPLETED", 2},
                                                                    {"CANCELED", 2},
                                                                    {"FAILED", 31},
                                                                    {"done", 32},
                                                                    {"failed", 31}}};

/// A cell begins after two blanks and ends before two, at a line's end, or before what explains it.
bool is_cell(std::string_view text, std::size_t at, std::size_t size) {
  const auto before = text.substr(0, at);
  const auto after = text.substr(at + size);
  const bool begins = before.ends_with("  ");
  return begins && (after.empty() || after.front() == '\n' || after.front() == ',' ||
                    after.starts_with("  ") || after.starts_with(" ("));
}

}  // namespace

bool colours_wanted() {
  const auto* without = std::getenv("NO_COLOR");
  const auto* terminal = std::getenv("TERM");
  const bool refused = without != nullptr && *without != '\0';
  return isatty(STDOUT_FILENO) != 0 && !refused && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

std::string coloured(std::string_view text, bool wanted) {
  if (!wanted) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto* found = kColours.end();
    for (const auto* each = kColours.begin(); each != kColours.end(); ++each) {
      if (text.substr(at).starts_with(each->first) && is_cell(text, at, each->first.size())) found = each;
    }
    if (found == kColours.end()) {
      out.push_back(text[at++]);
      continue;
    }
    out += fmt::format("\x1b[{}m{}\x1b[0m", found->second, found->first);
    at += found->first.size();
  }
  return out;
}

}  // namespace berth::cli
