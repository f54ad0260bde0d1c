#include <fmt/format.h>

#include "booking/rule_list.hpp"

namespace berth::booking {

Instant earliest_start(const model::Policy& policy, Instant now) {
  return ceil_to_step(now + policy.lead, policy.step);
}

bool on_step(const model::Policy& policy, Instant at) {
  return floor_to_step(at, policy.step) == at;
}

minutes::rep most_minutes(const Draft& draft) {
  const auto most = std::chrono::floor<minutes>(draft.policy().max_length).count();
  if (draft.before == nullptr) return most;
  return std::max(most, std::chrono::ceil<minutes>(draft.before->window.length()).count());
}

namespace rule {
namespace {

std::string text(Instant at) {
  return format_rfc3339(at);
}

FieldError not_on_step(const model::Policy& policy, std::string field, std::string_view title, Instant at) {
  return {std::move(field), text(at), in_words(policy.step),
          fmt::format("{} is not on a step of {}. Next: {}.", title, in_words(policy.step),
                      text(ceil_to_step(at, policy.step)))};
}

/// A day of a clock change is no 24 h, and the rule counts hours: days alone would promise another length.
bool told_in_days(seconds length) {
  return in_words(length) != in_hours(length);
}

std::string longest(const model::Policy& policy) {
  const auto most = policy.max_length;
  if (!told_in_days(most)) return fmt::format("Longest booking here: {}.", in_words(most));
  return fmt::format("Longest booking here: {} ({} of 24 h).", in_hours(most), in_words(most));
}

/// The same, with what the window comes to where that is not what counting days gives.
std::string longest(const Draft& draft) {
  const auto most = draft.policy().max_length;
  if (!told_in_days(most) || draft.asked.duration) return longest(draft.policy());
  const Window window = draft.window();
  return fmt::format("Longest booking here: {} ({} of 24 h); until {} it is {}.", in_hours(most),
                     in_words(most), text(window.end), in_hours(std::chrono::ceil<seconds>(window.length())));
}

bool starts_now(const Draft& draft) {
  return draft.asked.start && std::holds_alternative<Now>(*draft.asked.start);
}

std::string shown_start(const Draft& draft) {
  return starts_now(draft) ? "now" : text(draft.start);
}

bool by_start(const Draft& draft) {
  return draft.end_field() == "start";
}

/// What was given for the window's length, in the field where its faults go.
std::string shown_length(const Draft& draft) {
  if (draft.asked.duration) return std::to_string(draft.asked.duration->count());
  return by_start(draft) ? shown_start(draft) : text(draft.window().end);
}

/// What would have to be given there for the window to be as long as `length`.
std::string limit_of(const Draft& draft, seconds length) {
  const Window window = draft.window();
  if (draft.asked.duration) return std::to_string(std::chrono::floor<minutes>(length).count());
  return text(by_start(draft) ? window.end - length : window.start + length);
}

FieldError length_fault(const Draft& draft, seconds limit, std::string sentence) {
  return {std::string(draft.end_field()), shown_length(draft), limit_of(draft, limit), std::move(sentence)};
}

/// The end of an asked length may be rounded up to a step: that part nobody asked for.
Duration asked_length(const Draft& draft) {
  return draft.asked.duration ? Duration(*draft.asked.duration) : draft.window().length();
}

bool keeps_window(const Draft& draft) {
  return draft.before != nullptr && draft.window() == draft.before->window;
}

/// An edit is held only to the limits that it moves towards: what was made under older rules may stay.
bool is_longer(const Draft& draft) {
  return draft.before == nullptr || draft.window().length() > draft.before->window.length();
}
bool is_shorter(const Draft& draft) {
  return draft.before == nullptr || draft.window().length() < draft.before->window.length();
}

Instant open_until(const Draft& draft) {
  return floor_to_step(draft.now + draft.policy().horizon, draft.policy().step);
}

bool beyond_horizon(const Draft& draft) {
  if (draft.before != nullptr && draft.window().end <= draft.before->window.end) return false;
  return draft.start + asked_length(draft) > draft.now + draft.policy().horizon;
}

std::string horizon_sentence(const Draft& draft) {
  return fmt::format("Bookings open {} ahead (until {}).", in_words(draft.policy().horizon),
                     text(open_until(draft)));
}

}  // namespace

std::optional<FieldError> start_is_ahead(const Draft& draft) {
  if (!draft.moves_start() || draft.start >= draft.now) return std::nullopt;
  const auto earliest = text(earliest_start(draft.policy(), draft.now));
  return FieldError{"start", text(draft.start), earliest,
                    fmt::format("Start is in the past. Earliest: {}.", earliest)};
}

std::optional<FieldError> start_has_notice(const Draft& draft) {
  const auto lead = draft.policy().lead;
  if (!draft.moves_start() || draft.start >= draft.now + lead) return std::nullopt;
  const auto earliest = text(earliest_start(draft.policy(), draft.now));
  return FieldError{"start", shown_start(draft), earliest,
                    fmt::format("Start is too soon: bookings here need {} of notice. Earliest: {}.",
                                in_words(lead), earliest)};
}

std::optional<FieldError> start_on_step(const Draft& draft) {
  if (!draft.moves_start() || starts_now(draft) || on_step(draft.policy(), draft.start)) return std::nullopt;
  return not_on_step(draft.policy(), "start", "Start", draft.start);
}

std::optional<FieldError> one_end(const Draft& draft) {
  const auto& asked = draft.asked;
  if (asked.end && asked.duration) {
    return FieldError{"duration_minutes", std::to_string(asked.duration->count()),
                      "one of end and duration_minutes", "Give end or duration_minutes, not both."};
  }
  if (draft.before != nullptr || asked.end || asked.duration) return std::nullopt;
  return FieldError{"end", "", "one of end and duration_minutes", "Give end or duration_minutes."};
}

std::optional<FieldError> duration_is_some(const Draft& draft) {
  const auto& duration = draft.asked.duration;
  if (!duration || duration->count() >= 1) return std::nullopt;
  return FieldError{"duration_minutes", std::to_string(duration->count()), "1",
                    "Duration must be at least 1 minute."};
}

std::optional<FieldError> duration_within_longest(const Draft& draft) {
  const auto& duration = draft.asked.duration;
  const auto most = most_minutes(draft);
  if (!duration || duration->count() <= most) return std::nullopt;
  return FieldError{"duration_minutes", std::to_string(duration->count()), std::to_string(most),
                    longest(draft.policy())};
}

std::optional<FieldError> duration_in_steps(const Draft& draft) {
  const auto& duration = draft.asked.duration;
  const auto& policy = draft.policy();
  if (!duration || !draft.moves_end() || !on_step(policy, draft.start) || on_step(policy, Instant(*duration)))
    return std::nullopt;
  return FieldError{"duration_minutes", std::to_string(duration->count()), in_words(policy.step),
                    fmt::format("Duration must be a multiple of {}.", in_words(policy.step))};
}

std::optional<FieldError> end_on_step(const Draft& draft) {
  if (draft.asked.duration || !draft.moves_end() || on_step(draft.policy(), *draft.asked.end)) {
    return std::nullopt;
  }
  return not_on_step(draft.policy(), "end", "End", *draft.asked.end);
}

std::optional<FieldError> end_is_ahead(const Draft& draft) {
  const Window window = draft.window();
  const bool moved = draft.before != nullptr && window.end != draft.before->window.end;
  if (!moved || window.end > draft.now || window.empty()) return std::nullopt;
  const auto earliest = text(ceil_to_step(draft.now, draft.policy().step));
  return FieldError{std::string(draft.end_field()), shown_length(draft), earliest,
                    fmt::format("End is in the past. Earliest: {}.", earliest)};
}

std::optional<FieldError> end_after_start(const Draft& draft) {
  const Window window = draft.window();
  if (keeps_window(draft) || !window.empty()) return std::nullopt;
  return length_fault(
      draft, seconds(0),
      fmt::format("End ({}) is not after the start ({}).", text(window.end), text(window.start)));
}

std::optional<FieldError> not_too_short(const Draft& draft) {
  const auto least = draft.policy().min_length;
  if (!is_shorter(draft) || draft.window().length() >= least) return std::nullopt;
  return length_fault(draft, least, fmt::format("Shortest booking here: {}.", in_words(least)));
}

std::optional<FieldError> not_too_long(const Draft& draft) {
  const auto most = draft.policy().max_length;
  if (!is_longer(draft) || asked_length(draft) <= most) return std::nullopt;
  return length_fault(draft, most, longest(draft));
}

std::optional<FieldError> starts_within_horizon(const Draft& draft) {
  if (!beyond_horizon(draft) || draft.start < open_until(draft)) return std::nullopt;
  return FieldError{"start", text(draft.start), text(open_until(draft)), horizon_sentence(draft)};
}

std::optional<FieldError> ends_within_horizon(const Draft& draft) {
  if (!beyond_horizon(draft) || draft.start >= open_until(draft)) return std::nullopt;
  return FieldError{std::string(draft.end_field()), shown_length(draft), text(open_until(draft)),
                    horizon_sentence(draft)};
}

}  // namespace rule
}  // namespace berth::booking
