#include "base/instant.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/text.hpp"

namespace berth {
namespace {

/// Reads exactly `count` digits at `at`, or says no. No sign, no blank: RFC 3339 has neither.
bool read_digits(std::string_view text, std::size_t& at, std::size_t count, int& out) {
  if (text.size() - at < count) return false;
  out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char digit = text[at + i];
    if (digit < '0' || digit > '9') return false;
    out = out * 10 + (digit - '0');
  }
  at += count;
  return true;
}

bool read_char(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

bool read_fraction(std::string_view text, std::size_t& at, int& micros) {
  micros = 0;
  if (at >= text.size() || text[at] != '.') return true;
  ++at;
  int digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
    if (digits >= 6) return false;
    micros = micros * 10 + (text[at] - '0');
  }
  if (digits == 0) return false;
  for (; digits < 6; ++digits) micros *= 10;
  return true;
}

bool read_offset(std::string_view text, std::size_t& at, minutes& offset) {
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
    offset = minutes(0);
    return true;
  }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return false;
  const int sign = text[at++] == '-' ? -1 : 1;
  int hour = 0;
  int minute = 0;
  if (!read_digits(text, at, 2, hour) || !read_char(text, at, ':') || !read_digits(text, at, 2, minute))
    return false;
  if (hour > 23 || minute > 59) return false;
  offset = minutes(sign * (hour * 60 + minute));
  return true;
}

}  // namespace

Result<Instant> parse_rfc3339(std::string_view text) {
  namespace chr = std::chrono;
  const auto refuse = [&]() {
    return fail(Code::kInvalid, fmt::format("\"{}\" is not an RFC 3339 time like 2026-11-24T14:00:00Z",
                                            first_bytes(text, 40)));
  };
  std::size_t at = 0;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  minutes offset{0};
  if (!read_digits(text, at, 4, year) || !read_char(text, at, '-') || !read_digits(text, at, 2, month) ||
      !read_char(text, at, '-') || !read_digits(text, at, 2, day)) {
    return refuse();
  }
  if (at >= text.size() || (text[at] != 'T' && text[at] != 't' && text[at] != ' ')) return refuse();
  ++at;
  if (!read_digits(text, at, 2, hour) || !read_char(text, at, ':') || !read_digits(text, at, 2, minute) ||
      !read_char(text, at, ':') || !read_digits(text, at, 2, second) || !read_fraction(text, at, micros) ||
      !read_offset(text, at, offset) || at != text.size()) {
    return refuse();
  }
  const chr::year_month_day date{chr::year(year), chr::month(static_cast<unsigned>(month)),
                                 chr::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 59) return refuse();
  // An offset may lead over either end, and what lies there could not be written in this form.
  constexpr Instant kEnd = chr::sys_days(chr::year(10'000) / 1 / 1);
  const Instant at_utc(chr::sys_days(date) + hours(hour) + minutes(minute) + seconds(second) +
                       Duration(micros) - offset);
  if (at_utc < Instant() || at_utc >= kEnd) return refuse();
  return at_utc;
}

std::string format_rfc3339(Instant at) {
  namespace chr = std::chrono;
  const auto day = chr::floor<chr::days>(at);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss time(at - day);
  // Compiled: a calendar has thousands of these, and reading the pattern took most of the time of each.
  const auto whole =
      fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  const auto micros = time.subseconds().count();
  return micros == 0 ? whole + "Z" : fmt::format(FMT_COMPILE("{}.{:06}Z"), whole, micros);
}

Instant floor_to_step(Instant at, seconds step) {
  const auto count = at.time_since_epoch().count();
  const auto size = std::chrono::duration_cast<Duration>(step).count();
  auto quotient = count / size;
  if (count % size < 0) --quotient;
  return Instant(Duration(quotient * size));
}

Instant ceil_to_step(Instant at, seconds step) {
  const auto floor = floor_to_step(at, step);
  return floor == at ? at : floor + step;
}

}  // namespace berth
