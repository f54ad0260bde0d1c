#include "booking/draft.hpp"

#include "booking/rules.hpp"

namespace berth::booking {
namespace {

bool is_now(const Start& start) {
  return std::holds_alternative<Now>(start);
}

Instant instant_of(const Start& start, Instant now) {
  return is_now(start) ? now : std::get<Instant>(start);
}

/// The end that a duration stands for. From a start between two steps (one of "now") it is rounded up to the
/// next one. Nothing where the rules have no such length: what a client sends may not fit into an instant.
std::optional<Instant> end_after(const Draft& draft, minutes duration) {
  if (duration.count() < 1 || duration.count() > most_minutes(draft)) return std::nullopt;
  const auto& policy = draft.policy();
  const Instant start = draft.start;
  return on_step(policy, start) ? start + duration : ceil_to_step(start + duration, policy.step);
}

void find_end(Draft& draft) {
  if (draft.asked.duration) {
    draft.end = end_after(draft, *draft.asked.duration);
  } else if (draft.asked.end) {
    draft.end = draft.asked.end;
  } else if (draft.before != nullptr) {
    draft.end = draft.before->window.end;
  }
}

Load with_given(Load load, const EditRequest& asked) {
  return {asked.cpu.value_or(load.cpu), asked.memory.value_or(load.memory),
          asked.storage.value_or(load.storage)};
}

}  // namespace

bool Draft::moves_start() const {
  if (begun || !asked.start) return false;
  return before == nullptr || is_now(*asked.start) || start != before->window.start;
}

bool Draft::moves_end() const {
  if (!asked.duration && !asked.end) return false;
  return before == nullptr || !end || *end != before->window.end;
}

std::string_view Draft::end_field() const {
  return asked.duration ? "duration_minutes" : asked.end ? "end" : "start";
}

Draft draft_of(const model::Pool& pool, const Request& request, const OwnerFacts& owner, Instant now) {
  Draft draft{.pool = pool,
              .asked = {.device_class = request.device_class,
                        .units = request.units,
                        .start = request.start,
                        .end = request.end,
                        .duration = request.duration,
                        .cpu = request.cpu,
                        .memory = request.memory,
                        .storage = request.storage,
                        .mode = request.mode,
                        .name = request.name},
              .before = nullptr,
              .owner = owner,
              .now = now,
              .begun = false,
              .start = instant_of(request.start, now),
              .end = {},
              .device_class = pool.find_class(request.device_class),
              .units = request.units,
              .reshaped = true,
              .load = {}};
  find_end(draft);
  if (draft.device_class != nullptr) {
    draft.load = with_given(times(draft.device_class->defaults, draft.units), draft.asked);
  }
  return draft;
}

Draft draft_of(const model::Pool& pool, const model::Reservation& current, const EditRequest& edit,
               Instant now) {
  const auto* class_before = pool.find_class(current.device_class);
  Draft draft{.pool = pool,
              .asked = edit,
              .before = &current,
              .owner = {},
              .now = now,
              .begun = current.state == model::ReservationState::kActive,
              .start = current.window.start,
              .end = {},
              .device_class = class_before,
              .units = current.units,
              .reshaped = false,
              .load = current.load};
  if (!draft.begun) {
    if (edit.start) draft.start = instant_of(*edit.start, now);
    const bool other_class = edit.device_class && *edit.device_class != class_before->name;
    if (other_class) draft.device_class = pool.find_class(*edit.device_class);
    draft.units = edit.units.value_or(current.units);
    draft.reshaped = other_class || draft.units != current.units;
    if (draft.reshaped && draft.device_class != nullptr) {
      draft.load = times(draft.device_class->defaults, draft.units);
    }
    draft.load = with_given(draft.load, edit);
  }
  find_end(draft);
  return draft;
}

Resolved resolved(const Draft& draft) {
  const auto* before = draft.before;
  Resolved out;
  out.wanted = {.device_class = draft.device_class->id,
                .units = draft.units,
                .window = draft.window(),
                .load = draft.load,
                .replaces = before == nullptr ? std::nullopt : std::optional(before->id)};
  const bool kept_own_load = before != nullptr && !draft.reshaped &&
                             before->load != times(draft.device_class->defaults, draft.units);
  out.duration = draft.asked.duration;
  out.explicit_load = draft.begun || draft.gives_load() || kept_own_load;
  out.mode = draft.asked.mode.value_or(before == nullptr ? model::Mode::kInteractiveMl : before->mode);
  out.name = draft.asked.name.value_or(before == nullptr ? std::string() : before->name);
  return out;
}

}  // namespace berth::booking
