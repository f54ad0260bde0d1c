#include "cli/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/display_name.hpp"
#include "base/text.hpp"

namespace berth::cli {
namespace {

std::tm local(Instant at) {
  // Not by system_clock: it counts nanoseconds, which end in the year 2262.
  const std::time_t seconds_since = std::chrono::floor<seconds>(at).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds_since, &parts);
  return parts;
}

/// As a terminal counts them, but for those that are twice as wide.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
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

std::string show_clock(Instant at) {
  const auto parts = local(at);
  return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min);
}

std::string show_time(Instant at, Instant now, const Zone& zone) {
  const auto wall = [&](Instant instant) {
    const std::time_t there =
        (std::chrono::floor<seconds>(instant) + zone.offset(instant)).time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&there, &parts);
    return parts;
  };
  const auto parts = wall(at);
  std::array<char, 64> text{};
  const char* form = parts.tm_year == wall(now).tm_year ? "%a %d %b %H:%M " : "%a %d %b %Y %H:%M ";
  return std::string(text.data(), std::strftime(text.data(), text.size(), form, &parts)) +
         zone.abbreviation(at);
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

std::string comma_joined(const json::array& words) {
  std::string out;
  for (const auto& one : words) {
    if (one.is_string()) out += (out.empty() ? "" : ", ") + plain(one.get_string());
  }
  return out;
}

std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto next = first_character(text);
    const auto bytes =
        std::max<std::size_t>(next.bytes, 1);  // what is no character is passed on byte by byte
    const bool obeyed = next.bytes > 0 && misleads(next.code);
    out += obeyed ? "?" : text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string cut(std::string_view text, std::size_t most) {
  constexpr std::string_view kMore = "...";
  if (characters(text) <= most) return std::string(text);
  std::size_t bytes = 0;
  for (std::size_t kept = 0; kept + kMore.size() < most && bytes < text.size(); ++kept) {
    bytes += std::max<std::size_t>(1, first_character(text.substr(bytes)).bytes);
  }
  return std::string(text.substr(0, bytes)) + std::string(kMore);
}

std::string with_local_times(std::string_view text, Instant now) {
  constexpr std::size_t kShortest = 20;  // "2026-11-24T14:00:00Z"
  constexpr std::string_view kOfTimes = "0123456789-:.T+Z";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find_first_not_of(kOfTimes, at), text.size());
    // What follows a time may be a full stop or a colon of the sentence.
    auto last = end;
    while (last - at > kShortest && (text[last - 1] == '.' || text[last - 1] == ':')) --last;
    const auto time = last - at < kShortest ? Result<Instant>(fail(Code::kInvalid, ""))
                                            : parse_rfc3339(text.substr(at, last - at));
    if (time) {
      out += show_time(*time, now);
      at = last;
      continue;
    }
    end = std::max(end, at + 1);
    out += text.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += plain(row[i]) + std::string(widths[i] - characters(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace berth::cli
