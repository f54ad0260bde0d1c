#include "cli/windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/money.hpp"
#include "cli/wall_clock.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using std::chrono::days;

Result<Instant> on_step(std::string_view text, Result<Instant> at, minutes step) {
  if (!at || step <= minutes(0) || !is_from_now(text)) return at;
  return ceil_to_step(*at, step);
}

Status add_length(json::object& body, const std::string& typed) {
  const auto length = parse_length(typed);
  if (!length) return fail(length.error());
  body["duration_minutes"] = length->count();
  return {};
}

std::chrono::local_days day_of(Instant at, const Zone& zone) {
  return std::chrono::floor<days>(wall_time(at, zone));
}

/// "today 20:00", "tomorrow 20:00", "2026-12-03 20:00": as it can be typed.
std::string in_words(Instant at, const Reference& now) {
  const auto wall = wall_time(at, now.zone);
  const auto text = wall_text(wall);
  constexpr std::size_t kDateBytes = 10;
  const auto ahead = day_of(at, now.zone) - day_of(now.now, now.zone);
  if (ahead == days(0)) return "today" + text.substr(kDateBytes);
  return ahead == days(1) ? "tomorrow" + text.substr(kDateBytes) : text;
}

/// A clock time on the day of `day`, or after it where the clocks skip it there.
Result<Instant> on_day_of(const std::string& text, Instant day, const Reference& now) {
  const auto midnight = day_of(day, now.zone);
  const auto found = instants_of(midnight, now.zone);
  const auto first = found.empty() ? jump_over(midnight, now.zone) : found.front();
  return parse_time(text, {.now = now.now, .zone = now.zone, .after = first - seconds(1)});
}

/// What more or less it costs to end at `end`, as far as that can be told.
std::string difference(const json::value& reservation, Instant end) {
  const auto old = parse_rfc3339(string_at(reservation, {"end"}));
  if (!old) return "";
  const auto more = end - *old;
  const char* sign = more < Duration(0) ? "-" : "+";
  const auto length = std::max(more, -more);
  auto text = fmt::format(" ({}{}", sign, show_length(length));
  if (const auto price = price_of(reservation, length))
    text += ", " + (more < Duration(0) ? "-" + *price : *price);
  return text + ")";
}

Result<Instant> moved_end(const std::string& text, const json::value& reservation, Instant start,
                          const Reference& now, std::string_view option) {
  if (!is_clock_time(text)) return parse_time(text, now);
  const auto least = std::max(start, now.now);
  const auto end = on_day_of(text, least, now);
  if (!end || *end > least) return end;
  const auto next = parse_time(text, {.now = now.now, .zone = now.zone, .after = least});
  if (!next) return next;
  return fail(Code::kInvalid,
              fmt::format("{} {}; did you mean {}{}? Then say {} {}", in_words(*end, now),
                          *end > now.now ? "is before its start" : "is past", in_words(*next, now),
                          difference(reservation, *next), option, shell_word(in_words(*next, now))));
}

Result<Instant> moved_start(const std::string& text, Instant start, const Reference& now) {
  if (text == "now") return now.now;
  if (!is_clock_time(text)) return parse_time(text, now);
  const auto found = on_day_of(text, start, now);
  if (!found || *found >= now.now) return found;
  const auto next = parse_time(text, now);
  if (!next) return next;
  return fail(Code::kInvalid,
              fmt::format("{} is past; did you mean {}? Then say --start {}", in_words(*found, now),
                          in_words(*next, now), shell_word(in_words(*next, now))));
}

}  // namespace

Result<json::object> new_window(const TypedWindow& typed, const Reference& now, minutes step) {
  json::object body;
  auto start = now.now;
  if (typed.start == "now") {
    body["start"] = "now";
  } else {
    const auto at = on_step(typed.start, parse_time(typed.start, now), step);
    if (!at) return fail(at.error());
    start = *at;
    body["start"] = format_rfc3339(start);
  }
  if (!typed.end.empty()) {
    const auto end =
        on_step(typed.end, parse_time(typed.end, {.now = now.now, .zone = now.zone, .after = start}), step);
    if (!end) return fail(end.error());
    body["end"] = format_rfc3339(*end);
  }
  if (!typed.length.empty()) {
    if (auto added = add_length(body, typed.length); !added) return fail(added.error());
  }
  return body;
}

std::vector<std::string> put_on_steps(const TypedWindow& typed, const Reference& now, minutes step) {
  std::vector<std::string> sentences;
  for (const auto& [text, verb] : {std::pair{&typed.start, "begins"}, {&typed.end, "ends"}}) {
    const auto said = parse_time(*text, now);
    const auto at = on_step(*text, said, step);
    if (!said || *said == *at) continue;
    sentences.push_back(fmt::format("{} is {}; it {} on the next step of the calendar, {}", plain(*text),
                                    show_time(*said, now.now, now.zone), verb,
                                    show_time(*at, now.now, now.zone)));
  }
  return sentences;
}

Result<json::object> moved_window(const TypedWindow& typed, const json::value& reservation,
                                  const Reference& now, minutes step, std::string_view end_option) {
  json::object body;
  const auto old_start = parse_rfc3339(string_at(reservation, {"start"})).value_or(now.now);
  const auto old_end = parse_rfc3339(string_at(reservation, {"end"})).value_or(old_start);
  auto start = old_start;
  if (!typed.start.empty()) {
    const auto at = on_step(typed.start, moved_start(typed.start, old_start, now), step);
    if (!at) return fail(at.error());
    start = *at;
    body["start"] = typed.start == "now" ? "now" : format_rfc3339(start);
  }
  if (!typed.end.empty()) {
    const auto end = on_step(typed.end, moved_end(typed.end, reservation, start, now, end_option), step);
    if (!end) return fail(end.error());
    body["end"] = format_rfc3339(*end);
  } else if (!typed.length.empty()) {
    if (auto added = add_length(body, typed.length); !added) return fail(added.error());
  } else if (!typed.start.empty()) {
    body["duration_minutes"] = std::chrono::ceil<minutes>(old_end - old_start).count();
  }
  return body;
}

}  // namespace berth::cli
