#include "cli/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace berth::cli {
namespace {

std::tm local(Instant at) {
  // Not by system_clock: it counts nanoseconds, which end in the year 2262.
  const std::time_t seconds_since = std::chrono::floor<seconds>(at).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds_since, &parts);
  return parts;
}

}  // namespace

Result<minutes> parse_length(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t number = -1;
  constexpr std::size_t kMostBytes = 16;  // so many digits fit the number
  bool good = !text.empty() && text.size() <= kMostBytes;
  for (const char c : text.substr(0, kMostBytes)) {
    if (c >= '0' && c <= '9') {
      number = std::max<std::int64_t>(number, 0) * 10 + (c - '0');
      continue;
    }
    const std::int64_t unit = c == 'm' ? 1 : c == 'h' ? 60 : c == 'd' ? 1440 : 0;
    if (unit == 0 || number < 0) good = false;
    total += number * unit;
    number = -1;
  }
  if (!good || number >= 0 || total < 1 || total > 10'000'000) {
    return fail(Code::kInvalid,
                fmt::format("\"{}\" is not a length of time: use 2h, 90m, 1h30m or 3d", text));
  }
  return minutes(total);
}

std::string show_time(Instant at, Instant now) {
  const auto parts = local(at);
  std::array<char, 64> text{};
  const char* form = parts.tm_year == local(now).tm_year ? "%a %d %b %H:%M %Z" : "%a %d %b %Y %H:%M %Z";
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

std::string show_time(std::string_view rfc3339, Instant now) {
  const auto at = parse_rfc3339(rfc3339);
  return at ? show_time(*at, now) : "-";
}

std::string show_length(Duration length) {
  const auto whole = std::chrono::duration_cast<seconds>(length).count();
  if (whole < 60) return fmt::format("{} s", whole);
  const auto days = whole / 86'400;
  const auto hour = whole / 3600 % 24;
  const auto minute = whole / 60 % 60;
  std::string text;
  if (days > 0) text += fmt::format("{} d ", days);
  if (hour > 0) text += fmt::format("{} h ", hour);
  if (minute > 0 && days == 0) text += fmt::format("{} min ", minute);
  if (!text.empty()) text.pop_back();
  return text;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kBare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/@+";
  if (!text.empty() && text.find_first_not_of(kBare) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\'";
    out.push_back(c);
  }
  return out + "'";
}

std::string plain(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", plain(row[i]), widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace berth::cli
