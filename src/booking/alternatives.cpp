#include <algorithm>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/rules.hpp"

namespace berth::booking {
namespace {

bool admitted(const Snapshot& snapshot, const Wanted& wanted) {
  return std::holds_alternative<Placement>(place(snapshot, wanted));
}

bool has_started(const Snapshot& snapshot, const Wanted& wanted) {
  return wanted.replaces &&
         std::any_of(snapshot.holdings.begin(), snapshot.holdings.end(),
                     [&](const Holding& one) { return one.reservation == *wanted.replaces && !one.movable; });
}

/// A booking from "now" ends on a step but does not begin on one. Later starts do, so what was asked for is
/// rounded to steps: up, or down where up is longer than the policy allows.
Duration length_on_grid(const model::Policy& policy, Duration length) {
  const Duration up = ceil_to_step(Instant(length), policy.step).time_since_epoch();
  return up <= policy.max_length ? up : floor_to_step(Instant(length), policy.step).time_since_epoch();
}

std::optional<Alternative> later(const Snapshot& snapshot, const Wanted& wanted, Instant now,
                                 std::optional<minutes> asked) {
  const model::Policy& policy = snapshot.pool.policy;
  Wanted moved = wanted;
  const Duration length = length_on_grid(policy, asked ? Duration(*asked) : wanted.window.length());
  const Instant from = std::max(wanted.window.start + Duration(1), now + policy.lead);
  moved.window = {from, from + length};
  const auto start = next_free_start(snapshot, moved, from);
  if (!start) return std::nullopt;
  moved.window = {*start, *start + length};
  if (!allowed_by_policy(snapshot.pool, moved.window, now) || !admitted(snapshot, moved)) return std::nullopt;
  return Alternative{Alternative::Kind::kLater, moved};
}

}  // namespace

std::vector<Alternative> alternatives(const Snapshot& snapshot, const Wanted& wanted, bool explicit_load,
                                      Instant now, std::optional<minutes> asked) {
  require_known(snapshot, wanted.window);
  std::vector<Alternative> out;
  // What runs stays on its units and keeps its start: there is nothing else to offer.
  if (has_started(snapshot, wanted)) return out;
  if (auto one = later(snapshot, wanted, now, asked)) out.push_back(*std::move(one));
  for (const model::DeviceClass& device_class : snapshot.pool.classes) {
    if (device_class.retired || device_class.id == wanted.device_class) continue;
    Wanted other = wanted;
    other.device_class = device_class.id;
    if (!explicit_load) other.load = times(device_class.defaults, wanted.units);
    if (admitted(snapshot, other)) out.push_back({Alternative::Kind::kOtherClass, other});
  }
  return out;
}

}  // namespace berth::booking
