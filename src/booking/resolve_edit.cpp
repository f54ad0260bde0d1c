#include <fmt/format.h>

#include "base/text.hpp"
#include "booking/booking.hpp"
#include "booking/rules.hpp"
#include "model/deeds.hpp"

namespace berth::booking {
namespace {

/// Names the fields that a started reservation may no longer change. Given with the value they have, they are
/// no change.
void check_nothing_fixed_changes(const model::Reservation& current, const std::string& class_name,
                                 const EditRequest& edit, Faults& faults) {
  const auto fixed = [&](bool changes, const char* field, const std::string& value, const std::string& has) {
    if (!changes) return;
    faults.add(field, value, has,
               fmt::format("{} cannot change once the reservation has started. It stays {}.", field, has));
  };
  const auto gib = [](const std::optional<Gib>& amount) {
    return std::to_string(amount.value_or(Gib{}).value);
  };
  const std::string start = format_rfc3339(current.window.start);
  fixed(edit.device_class && *edit.device_class != class_name, "device_class",
        shown(edit.device_class.value_or("")), class_name);
  fixed(edit.units && *edit.units != current.units, "units", std::to_string(edit.units.value_or(0)),
        std::to_string(current.units));
  if (edit.start_now) {
    fixed(true, "start", "now", start);
  } else if (edit.start) {
    fixed(*edit.start != current.window.start, "start", format_rfc3339(*edit.start), start);
  }
  fixed(edit.cpu && *edit.cpu != current.load.cpu, "cpu", format_cores(edit.cpu.value_or(CpuMilli{})),
        format_cores(current.load.cpu));
  fixed(edit.memory && *edit.memory != current.load.memory, "memory_gib", gib(edit.memory),
        gib(current.load.memory));
  fixed(edit.storage && *edit.storage != current.load.storage, "storage_gib", gib(edit.storage),
        gib(current.load.storage));
  fixed(edit.mode && *edit.mode != current.mode, "mode",
        std::string(model::to_string(edit.mode.value_or(current.mode))),
        std::string(model::to_string(current.mode)));
}

Instant edited_start(const model::Policy& policy, const model::Reservation& current, const EditRequest& edit,
                     Instant now, Faults& faults) {
  if (edit.start_now && edit.start) {
    faults.add("start", format_rfc3339(*edit.start), "one start",
               "Give a time or \"now\" as the start, not both.");
    return *edit.start;
  }
  if (edit.start_now) {
    if (policy.lead > seconds(0)) check_start(policy, now, now, faults);
    return now;
  }
  if (!edit.start || *edit.start == current.window.start) return current.window.start;
  check_start(policy, *edit.start, now, faults);
  return *edit.start;
}

/// The edited window. A limit is checked only where the edit moves towards it.
Window edited_window(const model::Policy& policy, const model::Reservation& current, const EditRequest& edit,
                     bool started, Instant now, Faults& faults) {
  const Window before = current.window;
  const Instant start = started ? before.start : edited_start(policy, current, edit, now, faults);
  Instant end = before.end;
  if ((edit.end && *edit.end != before.end) || edit.duration) {
    const auto found = find_end(policy, start, edit.end, edit.duration, faults);
    if (!found) return before;
    end = *found;
  }
  const Window window{start, end};
  if (window == before) return window;
  const std::string end_field = edit.duration ? "duration_minutes" : edit.end ? "end" : "start";
  if (end != before.end && end <= now && end > start) {
    const Instant earliest = ceil_to_step(now, policy.step);
    faults.add(end_field, edit.duration ? std::to_string(edit.duration->count()) : format_rfc3339(end),
               format_rfc3339(earliest),
               fmt::format("End is in the past. Earliest: {}.", format_rfc3339(earliest)));
    return window;
  }
  const WindowRules rules{.min_length = window.length() < before.length(),
                          .max_length = window.length() > before.length(),
                          .horizon = window.end > before.end};
  check_window(policy, window, end_field, edit.duration, rules, now, faults);
  return window;
}

/// Load, class and units after the edit.
void edit_shape(const model::Pool& pool, const model::Reservation& current, const EditRequest& edit,
                const model::DeviceClass& before, Resolved& out, Faults& faults) {
  const bool other_class = edit.device_class && *edit.device_class != before.name;
  const model::DeviceClass* device_class =
      other_class ? check_class(pool, *edit.device_class, faults) : &before;
  if (device_class == nullptr) return;
  const int units = edit.units.value_or(current.units);
  const bool reshaped = other_class || units != current.units;
  const Load base = reshaped ? times(device_class->defaults, units) : current.load;
  out.wanted.device_class = device_class->id;
  out.wanted.units = units;
  out.wanted.load = {edit.cpu.value_or(base.cpu), edit.memory.value_or(base.memory),
                     edit.storage.value_or(base.storage)};
  const Given given{edit.cpu.has_value(), edit.memory.has_value(), edit.storage.has_value()};
  out.explicit_load =
      given.any() || (!reshaped && current.load != times(device_class->defaults, current.units));
  if (reshaped) check_units(pool, *device_class, units, faults);
  if ((reshaped || out.wanted.load != current.load) && !faults.has("units")) {
    check_load(pool, *device_class, units, out.wanted.load, given, faults);
  }
}

}  // namespace

Result<Resolved> resolve_edit(const model::Pool& pool, const model::Reservation& current,
                              const EditRequest& edit, Instant now) {
  if (!model::is_open_to(current, model::Deed::kRename, now)) {
    const bool ending = model::is_live(current.state) && current.end_requested_at && now < current.window.end;
    return fail(
        Code::kConflict,
        fmt::format("This reservation is {}, so it can no longer be changed.", ending ? "ending" : "over"),
        "reservation_over");
  }
  const bool started = !model::is_open_to(current, model::Deed::kEdit, now);
  const model::DeviceClass* before = pool.find_class(current.device_class);
  if (before == nullptr) {
    return fail(Code::kInternal, fmt::format("reservation {} has a device class that pool {} does not know",
                                             current.id.value, pool.name));
  }
  Faults faults;
  Resolved out;
  out.wanted.replaces = current.id;
  if (started) check_nothing_fixed_changes(current, before->name, edit, faults);
  out.wanted.window = edited_window(pool.policy, current, edit, started, now, faults);
  if (started) {
    out.wanted.device_class = current.device_class;
    out.wanted.units = current.units;
    out.wanted.load = current.load;
    out.explicit_load = true;
  } else {
    edit_shape(pool, current, edit, *before, out, faults);
  }
  if (edit.name) check_name(*edit.name, faults);
  if (!faults.empty()) return fail(faults.error_in_full());
  out.mode = edit.mode.value_or(current.mode);
  out.name = edit.name.value_or(current.name);
  return out;
}

}  // namespace berth::booking
