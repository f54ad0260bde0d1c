#include <fmt/format.h>

#include "booking/rules.hpp"

namespace berth::booking {
namespace {

std::string not_on_step(const model::Policy& policy, std::string_view what, Instant next) {
  return fmt::format("{} is not on a step of {}. Next: {}.", what, in_words(policy.step),
                     format_rfc3339(next));
}

bool on_step(const model::Policy& policy, Instant at) {
  return floor_to_step(at, policy.step) == at;
}

minutes::rep whole_minutes(seconds length) {
  return std::chrono::floor<minutes>(length).count();
}

std::string longest(const model::Policy& policy) {
  return fmt::format("Longest booking here: {}.", in_words(policy.max_length));
}

/// A duration as an instant after `start`, or a fault. Compared as minutes first: what a client sends may not
/// fit into an instant.
std::optional<Instant> end_after(const model::Policy& policy, Instant start, minutes duration,
                                 Faults& faults) {
  const std::string value = std::to_string(duration.count());
  if (duration.count() < 1) {
    faults.add("duration_minutes", value, "1", "Duration must be at least 1 minute.");
    return std::nullopt;
  }
  const auto most = whole_minutes(policy.max_length);
  if (duration.count() > most) {
    faults.add("duration_minutes", value, std::to_string(most), longest(policy));
    return std::nullopt;
  }
  if (!on_step(policy, start)) return ceil_to_step(start + duration, policy.step);
  if (!on_step(policy, Instant(duration))) {
    faults.add("duration_minutes", value, in_words(policy.step),
               fmt::format("Duration must be a multiple of {}.", in_words(policy.step)));
    return std::nullopt;
  }
  return start + duration;
}

}  // namespace

Instant earliest_start(const model::Policy& policy, Instant now) {
  return ceil_to_step(now + policy.lead, policy.step);
}

void check_start(const model::Policy& policy, Instant start, Instant now, Faults& faults) {
  const Instant earliest = earliest_start(policy, now);
  if (start < now) {
    faults.add("start", format_rfc3339(start), format_rfc3339(earliest),
               fmt::format("Start is in the past. Earliest: {}.", format_rfc3339(earliest)));
  } else if (start < now + policy.lead) {
    faults.add("start", format_rfc3339(start), format_rfc3339(earliest),
               fmt::format("Start is too soon: bookings here need {} of notice. Earliest: {}.",
                           in_words(policy.lead), format_rfc3339(earliest)));
  } else if (!on_step(policy, start)) {
    faults.add("start", format_rfc3339(start), in_words(policy.step),
               not_on_step(policy, "Start", ceil_to_step(start, policy.step)));
  }
}

std::optional<Instant> find_end(const model::Policy& policy, Instant start, const std::optional<Instant>& end,
                                const std::optional<minutes>& duration, Faults& faults) {
  if (end && duration) {
    faults.add("duration_minutes", std::to_string(duration->count()), "one of end and duration_minutes",
               "Give end or duration_minutes, not both.");
    return std::nullopt;
  }
  if (duration) return end_after(policy, start, *duration, faults);
  if (!end) {
    faults.add("end", "", "one of end and duration_minutes", "Give end or duration_minutes.");
    return std::nullopt;
  }
  if (!on_step(policy, *end)) {
    faults.add("end", format_rfc3339(*end), in_words(policy.step),
               not_on_step(policy, "End", ceil_to_step(*end, policy.step)));
    return std::nullopt;
  }
  return end;
}

void check_window(const model::Policy& policy, Window window, std::string_view end_field,
                  const std::optional<minutes>& asked, WindowRules rules, Instant now, Faults& faults) {
  const bool by_start = end_field == "start";
  const auto value = [&]() {
    if (asked) return std::to_string(asked->count());
    return format_rfc3339(by_start ? window.start : window.end);
  };
  const auto limit = [&](seconds length) {
    if (asked) return std::to_string(whole_minutes(length));
    return format_rfc3339(by_start ? window.end - length : window.start + length);
  };
  const std::string field(end_field);
  if (window.empty()) {
    faults.add(field, value(), format_rfc3339(by_start ? window.end : window.start),
               fmt::format("End ({}) is not after the start ({}).", format_rfc3339(window.end),
                           format_rfc3339(window.start)));
    return;
  }
  // The end of an asked length may be rounded up to a step: that part nobody asked for.
  const Duration length = asked ? Duration(*asked) : window.length();
  if (rules.min_length && window.length() < policy.min_length) {
    faults.add(field, value(), limit(policy.min_length),
               fmt::format("Shortest booking here: {}.", in_words(policy.min_length)));
  } else if (rules.max_length && length > policy.max_length) {
    faults.add(field, value(), limit(policy.max_length), longest(policy));
  }
  const Instant until = floor_to_step(now + policy.horizon, policy.step);
  if (rules.horizon && window.start + length > now + policy.horizon) {
    const bool starts_there = window.start >= until && !faults.has("start");
    faults.add(
        starts_there ? "start" : field, starts_there ? format_rfc3339(window.start) : value(),
        format_rfc3339(until),
        fmt::format("Bookings open {} ahead (until {}).", in_words(policy.horizon), format_rfc3339(until)));
  }
}

bool allowed_by_policy(const model::Policy& policy, Window window, Instant now) {
  Faults faults;
  check_start(policy, window.start, now, faults);
  if (!on_step(policy, window.end)) return false;
  check_window(policy, window, "end", {}, {}, now, faults);
  return faults.empty();
}

}  // namespace berth::booking
