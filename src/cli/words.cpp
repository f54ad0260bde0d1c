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

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (text.size() < at + count) return false;
  out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

/// A wall-clock time of the machine's zone. One that the clocks skip is refused rather than moved.
Result<Instant> from_local(int year, int month, int day, int hour, int minute, std::string_view text) {
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_isdst = -1;
  const auto at = std::mktime(&parts);
  if (at == -1 || parts.tm_hour != hour || parts.tm_min != minute || parts.tm_mday != day ||
      parts.tm_mon != month - 1) {
    return fail(Code::kInvalid, fmt::format("there is no {} here", text));
  }
  return Instant(seconds(at));
}

}  // namespace

Result<Instant> parse_time(std::string_view text, Instant now) {
  if (auto exact = parse_rfc3339(text)) return exact;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  if (text.size() == 5 && text[2] == ':' && digits(text, 0, 2, hour) && digits(text, 3, 2, minute)) {
    const auto today = local(now);
    auto at = from_local(today.tm_year + 1900, today.tm_mon + 1, today.tm_mday, hour, minute, text);
    if (at && *at < now) {
      const auto tomorrow = local(now + hours(24));
      at = from_local(tomorrow.tm_year + 1900, tomorrow.tm_mon + 1, tomorrow.tm_mday, hour, minute, text);
    }
    return at;
  }
  if (text.size() == 16 && text[4] == '-' && text[7] == '-' && (text[10] == ' ' || text[10] == 'T') &&
      text[13] == ':' && digits(text, 0, 4, year) && digits(text, 5, 2, month) && digits(text, 8, 2, day) &&
      digits(text, 11, 2, hour) && digits(text, 14, 2, minute)) {
    return from_local(year, month, day, hour, minute, text);
  }
  return fail(
      Code::kInvalid,
      fmt::format("\"{}\" is not a time: use now, 14:00, \"2026-11-24 14:00\" or 2026-11-24T14:00:00Z",
                  text));
}

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
