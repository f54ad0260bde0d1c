#include <fmt/format.h>

#include "booking/booking.hpp"
#include "booking/rules.hpp"

namespace berth::booking {
namespace {

/// The window, when enough of it is well-formed to have one; faults otherwise or besides.
Window find_window(const model::Policy& policy, const Request& request, Instant now, Faults& faults) {
  const Instant start = request.start.value_or(now);
  if (request.start) {
    check_start(policy, start, now, faults);
  } else if (policy.lead > seconds(0)) {
    const std::string earliest = format_rfc3339(earliest_start(policy, now));
    faults.add("start", "now", earliest,
               fmt::format("Start is too soon: bookings here need {} of notice. Earliest: {}.",
                           in_words(policy.lead), earliest));
  }
  const auto end = find_end(policy, start, request.end, request.duration, faults);
  if (!end) return {start, start};
  const Window window{start, *end};
  check_window(policy, window, request.end ? "end" : "duration_minutes", request.duration, {}, now, faults);
  return window;
}

void check_owner(const model::Policy& policy, const OwnerFacts& owner, Faults& faults) {
  if (owner.live_reservations < policy.max_live_per_user) return;
  faults.add("owner", std::to_string(owner.live_reservations), std::to_string(policy.max_live_per_user),
             fmt::format("You hold {} reservations here, and the limit is {}. Cancel or end one first.",
                         owner.live_reservations, policy.max_live_per_user));
}

}  // namespace

Result<Resolved> resolve(const model::Pool& pool, const Request& request, const OwnerFacts& owner,
                         Instant now) {
  Faults faults;
  Resolved out;
  out.wanted.units = request.units;
  out.wanted.window = find_window(pool.policy, request, now, faults);
  const Given given{request.cpu.has_value(), request.memory.has_value(), request.storage.has_value()};
  if (const auto* device_class = check_class(pool, request.device_class, faults)) {
    const Load defaults = times(device_class->defaults, request.units);
    out.wanted.device_class = device_class->id;
    out.wanted.load = {request.cpu.value_or(defaults.cpu), request.memory.value_or(defaults.memory),
                       request.storage.value_or(defaults.storage)};
    check_units(pool, *device_class, request.units, faults);
    // A load is measured against nodes that have the units; without such a node the number of units is the
    // fault.
    if (!faults.has("units")) check_load(pool, *device_class, request.units, out.wanted.load, given, faults);
  }
  check_name(request.name, faults);
  check_owner(pool.policy, owner, faults);
  if (!faults.empty()) return fail(faults.error_in_full());
  out.explicit_load = given.any();
  out.mode = request.mode;
  out.name = request.name;
  return out;
}

}  // namespace berth::booking
