#include "cli/times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "cli/wall_clock.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;

/// A day as it was said: a date, so many days from today, or the next of its name.
using Day = std::variant<year_month_day, days, std::chrono::weekday>;

/// What was understood of a text.
struct Said {
  std::optional<Day> day;
  std::optional<minutes> clock;  // since midnight, as the clock shows it
  std::optional<Zone> zone;
  std::string abbreviation;  // "CEST": which of two clock times where the clocks go back
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// One or more digits, at most `most` of them.
std::optional<int> number_of(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most ||
      !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  int number = 0;
  for (const char c : text) number = number * 10 + (c - '0');
  return number;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<minutes> clock_of(int hour, int minute) {
  if (hour > 23 || minute > 59) return std::nullopt;
  return hours(hour) + minutes(minute);
}

/// "9", "930", "0930". Not what may be a year as well.
std::optional<minutes> read_digits(std::string_view word) {
  constexpr std::size_t kMostDigits = 4;
  constexpr int kFirstYear = 2000;
  const auto number = number_of(word, kMostDigits);
  if (!number || (word.size() == kMostDigits && *number >= kFirstYear && *number < kFirstYear + 100))
    return std::nullopt;
  return word.size() <= 2 ? clock_of(*number, 0) : clock_of(*number / 100, *number % 100);
}

/// "14:00", "9.30", "2pm", "2:30pm", "noon".
std::optional<minutes> read_clock(std::string_view word) {
  if (word == "noon") return hours(12);
  const bool pm = word.ends_with("pm");
  const bool halves = pm || word.ends_with("am");
  if (halves) word.remove_suffix(2);
  const auto parts = split(word, word.find('.') == std::string_view::npos ? ':' : '.');
  if (parts.size() > 2 || (parts.size() == 1 && !halves)) return std::nullopt;
  auto hour = number_of(parts.front(), 2);
  constexpr std::size_t kMinuteDigits = 2;
  const auto minute = parts.size() == 1                      ? std::optional(0)
                      : parts.back().size() == kMinuteDigits ? number_of(parts.back(), kMinuteDigits)
                                                             : std::nullopt;
  if (!hour || !minute) return std::nullopt;
  if (halves && (*hour < 1 || *hour > 12)) return std::nullopt;
  if (halves) hour = *hour % 12 + (pm ? 12 : 0);
  return clock_of(*hour, *minute);
}

/// "2026-11-30" or "30.11.2026", also where the calendar has no such day.
std::optional<year_month_day> read_any_date(std::string_view word) {
  constexpr std::size_t kYearDigits = 4;
  auto parts = split(word, '-');
  if (parts.size() != 3) {
    parts = split(word, '.');
    std::ranges::reverse(parts);
  }
  if (parts.size() != 3 || parts[0].size() != kYearDigits) return std::nullopt;
  const auto year = number_of(parts[0], kYearDigits);
  const auto month = number_of(parts[1], 2);
  const auto day = number_of(parts[2], 2);
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  return *year >= 1970 ? std::optional(date) : std::nullopt;
}

std::optional<year_month_day> read_date(std::string_view word) {
  const auto date = read_any_date(word);
  return date && date->ok() ? date : std::nullopt;
}

std::optional<Day> read_day(std::string_view word) {
  if (word == "today") return days(0);
  if (word == "tomorrow") return days(1);
  if (word == "yesterday") return days(-1);
  constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                      "thursday", "friday", "saturday"};
  constexpr std::size_t kShortestName = 3;
  for (unsigned i = 0; i < kWeekdays.size(); ++i) {
    if (word.size() >= kShortestName && kWeekdays.at(i).starts_with(word)) return std::chrono::weekday(i);
  }
  if (const auto date = read_date(word)) return *date;
  return std::nullopt;
}

/// "Asia/Tokyo", "UTC", "+09:00". Empty when it is none; an error when there is no such zone.
std::optional<Result<Zone>> read_zone(std::string_view word) {
  if (lower(word) == "utc" || word == "Z") return Zone::fixed(minutes(0));
  if (word.find('/') != std::string_view::npos) return Zone::named(word);
  if (word.empty() || (word.front() != '+' && word.front() != '-')) return std::nullopt;
  const auto clock = read_clock(word.substr(1));
  if (!clock) return std::nullopt;
  return Zone::fixed(word.front() == '-' ? -*clock : *clock);
}

Error not_a_time(std::string_view text) {
  return {.code = Code::kInvalid,
          .message = fmt::format("\"{}\" is not a time: use {}", shown(text), kTimeForms)};
}

/// "14:00+09:00" as two words; the sign of a zone, for a minus is rather between two times.
void split_offset(std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto sign = words[i].find('+');
    if (sign == std::string::npos || !read_clock(lower(words[i].substr(0, sign)))) continue;
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words[i].substr(sign));
    words[i].resize(sign);
    ++i;
  }
}

/// "CEST", "GMT": capitals alone.
bool is_abbreviation(std::string_view word) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 5;
  return word.size() >= kShortest && word.size() <= kLongest &&
         std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<Said> understand(std::string_view text) {
  Said said;
  const auto set = [](auto& into, auto value) {
    if (into) return false;
    into = std::move(value);
    return true;
  };
  auto words = words_of(text);
  // "2026-11-24T14:00"
  if (!words.empty() && words.front().size() > 10 && words.front()[10] == 'T' &&
      read_date(words.front().substr(0, 10))) {
    words.insert(words.begin() + 1, words.front().substr(11));
    words.front().resize(10);
  }
  split_offset(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto word = lower(words[i]);
    if (word == "at" || word == "on") continue;
    if (i + 1 < words.size() && number_of(word.substr(0, word.find(':')), 2)) {
      if (const auto half = lower(words[i + 1]); half == "am" || half == "pm") {
        word += half;
        ++i;
      }
    }
    bool good = false;
    if (const auto day = read_day(word)) {
      good = set(said.day, *day);
    } else if (const auto clock = read_clock(word)) {
      good = set(said.clock, *clock);
    } else if (const auto digits = read_digits(word)) {
      good = set(said.clock, *digits);
    } else if (const auto zone = read_zone(words[i])) {
      if (!*zone) return fail(zone->error());
      good = set(said.zone, **zone);
    } else if (is_abbreviation(words[i]) && said.abbreviation.empty()) {
      said.abbreviation = words[i];
      good = true;
    } else if (read_any_date(word)) {
      return fail(Code::kInvalid, fmt::format("there is no day {}", shown(word)));
    }
    if (!good) return fail(not_a_time(text));
  }
  const bool is_of_a_date =
      said.day && said.clock && !std::holds_alternative<std::chrono::weekday>(*said.day);
  if ((!said.day && !said.clock) || (!said.abbreviation.empty() && !is_of_a_date))
    return fail(not_a_time(text));
  return said;
}

std::string reading(Instant at, const Zone& zone) {
  const auto offset = std::chrono::duration_cast<minutes>(zone.offset(at)).count();
  auto text = wall_text(wall_time(at, zone));
  text[10] = 'T';
  return fmt::format("{}:00{}{:02}:{:02} ({})", text, offset < 0 ? '-' : '+', std::abs(offset) / 60,
                     std::abs(offset) % 60, zone.abbreviation(at));
}

Error skipped(WallTime wall, const Zone& zone) {
  const auto next = jump_over(wall, zone);
  const auto shown_next = wall_text(wall_time(next, zone));
  return {
      .code = Code::kInvalid,
      .message = fmt::format("there is no {} {}, where the clocks go forward; the next that exists is {} {}",
                             wall_text(wall), zone.where(), shown_next, zone.abbreviation(next))};
}

Error doubled(WallTime wall, const std::vector<Instant>& both, const Zone& zone) {
  return {
      .code = Code::kInvalid,
      .message = fmt::format("{} happens twice {}, where the clocks go back: say {} or {}", wall_text(wall),
                             zone.where(), reading(both.front(), zone), reading(both.back(), zone))};
}

/// The one instant that is meant, no earlier than `least`.
Result<Instant> only_one(WallTime wall, const Zone& zone, Instant least) {
  auto found = instants_of(wall, zone);
  if (found.empty()) return fail(skipped(wall, zone));
  if (found.size() == 2 && found.front() < least && found.back() >= least) return found.back();
  if (found.size() == 2) return fail(doubled(wall, found, zone));
  return found.front();
}

/// The one instant that the clocks of `zone` show so while they are called `abbreviation`.
Result<Instant> only_one_called(const std::string& abbreviation, WallTime wall, const Zone& zone) {
  const auto found = instants_of(wall, zone);
  if (found.empty()) return fail(skipped(wall, zone));
  std::string known;
  for (const auto& at : found) {
    if (zone.abbreviation(at) == abbreviation) return at;
    known += (known.empty() ? "" : " or ") + zone.abbreviation(at);
  }
  return fail(Code::kInvalid, fmt::format("{} {} is {}, not {}; a zone is told as Europe/Berlin or +02:00",
                                          wall_text(wall), zone.where(), known, abbreviation));
}

/// The first minute of a day, whatever the clocks do there.
Instant first_minute(WallTime midnight, const Zone& zone) {
  const auto found = instants_of(midnight, zone);
  return found.empty() ? jump_over(midnight, zone) : found.front();
}

/// From `first` on every so many days, the first that is not over at `least`.
Result<Instant> next_of(local_days first, days every, minutes clock, const Zone& zone, Instant least) {
  constexpr int kEnough = 3;
  for (int i = 0; i < kEnough; ++i) {
    const WallTime wall = first + every * i + clock;
    const auto at = instants_of(wall, zone);
    const bool ahead = at.empty() ? jump_over(wall, zone) > least : at.back() >= least;
    if (ahead) return only_one(wall, zone, least);
  }
  return fail(Code::kInternal, "no day has that clock time");
}

/// From `last` back every so many days, the first that is not ahead of `most`.
Result<Instant> last_of(local_days last, days every, minutes clock, const Zone& zone, Instant most) {
  const WallTime wall = last + clock;
  const auto at = instants_of(wall, zone);
  const bool is_past = (at.empty() ? jump_over(wall, zone) : at.front()) <= most;
  return only_one(is_past ? wall : wall - every, zone, {});
}

std::optional<Duration> length_unit(std::string_view word) {
  if (word == "m" || word == "min" || word == "mins" || word == "minute" || word == "minutes")
    return minutes(1);
  if (word == "h" || word == "hour" || word == "hours") return hours(1);
  if (word == "d" || word == "day" || word == "days") return days(1);
  if (word == "w" || word == "week" || word == "weeks") return days(7);
  return std::nullopt;
}

/// "+1h", "in 2 hours", "in 1 day 2h". Days are the calendar's: the clock then shows the same.
std::optional<Instant> read_from_now(std::string_view text, const Reference& reference) {
  constexpr std::size_t kMostDigits = 6;
  auto rest = lower(text);
  if (rest.starts_with("+")) {
    rest.erase(0, 1);
  } else if (rest.starts_with("in ")) {
    rest.erase(0, 3);
  } else {
    return std::nullopt;
  }
  days whole_days{0};
  Duration more{0};
  std::string_view left = rest;
  const auto skip = [&] { left.remove_prefix(std::min(left.find_first_not_of(' '), left.size())); };
  bool any = false;
  for (skip(); !left.empty(); skip()) {
    const auto digits = std::min(left.find_first_not_of("0123456789"), left.size());
    const auto number = number_of(left.substr(0, digits), kMostDigits);
    left.remove_prefix(digits);
    skip();
    const auto letters = std::min(left.find_first_of("0123456789 "), left.size());
    const auto unit = length_unit(left.substr(0, letters));
    left.remove_prefix(letters);
    if (!number || !unit) return std::nullopt;
    any = true;
    if (*unit >= days(1)) {
      whole_days += *number * std::chrono::duration_cast<days>(*unit);
    } else {
      more += *number * *unit;
    }
  }
  constexpr days kFurthest{36'600};
  if (!any || whole_days > kFurthest) return std::nullopt;
  auto at = reference.now;
  if (whole_days > days(0)) {
    at = first_minute(wall_time(at, reference.zone) + whole_days, reference.zone);
  }
  return std::chrono::ceil<minutes>(at + more);
}

}  // namespace

Result<Instant> parse_time(std::string_view text, const Reference& reference) {
  if (auto exact = parse_rfc3339(text)) return exact;
  if (const auto from_now = read_from_now(text, reference)) return *from_now;
  const auto said = understand(text);
  if (!said) return fail(said.error());
  const auto& zone = said->zone ? *said->zone : reference.zone;
  const auto today = std::chrono::floor<days>(wall_time(reference.now, zone));
  const bool looks_back = reference.back && !reference.after;
  if (!said->day) {
    if (looks_back) return last_of(today, days(1), *said->clock, zone, reference.now);
    const auto least = reference.after ? *reference.after + seconds(1) : reference.now;
    return next_of(std::chrono::floor<days>(wall_time(least, zone)), days(1), *said->clock, zone, least);
  }
  if (const auto* name = std::get_if<std::chrono::weekday>(&*said->day)) {
    const auto clock = said->clock.value_or(minutes(0));
    if (looks_back) {
      return last_of(today - (std::chrono::weekday(today) - *name), days(7), clock, zone, reference.now);
    }
    const auto least = reference.back ? *reference.after + seconds(1) : reference.now;
    const auto from = std::chrono::floor<days>(wall_time(least, zone));
    return next_of(from + (*name - std::chrono::weekday(from)), days(7), clock, zone, least);
  }
  const auto* date = std::get_if<year_month_day>(&*said->day);
  const auto day = date != nullptr ? local_days(*date) : today + std::get<days>(*said->day);
  if (!said->abbreviation.empty()) return only_one_called(said->abbreviation, day + *said->clock, zone);
  return said->clock ? only_one(day + *said->clock, zone, {}) : first_minute(day, zone);
}

Result<Instant> parse_time(std::string_view text, Instant now) {
  return parse_time(text, Reference{.now = now});
}

bool is_clock_time(std::string_view text) {
  const auto said = understand(text);
  return said && !said->day;
}

bool is_from_now(std::string_view text) {
  return read_from_now(text, {}).has_value();
}

}  // namespace berth::cli
