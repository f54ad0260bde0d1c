#include "booking/furthest.hpp"

#include <algorithm>

namespace berth::booking {
namespace {

/// The last of 0 to `most` for which `holds`, which is true at 0 and, once false, false from there on.
template <typename Holds>
std::int64_t last_that_holds(std::int64_t most, Holds holds) {
  std::int64_t good = 0;
  std::int64_t bad = most + 1;
  while (bad - good > 1) {
    const auto middle = good + (bad - good) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace

RuledEnd last_allowed_end(const ResolveUntil& resolve_until, Instant allowed, const model::Policy& policy) {
  const auto at = [&](std::int64_t steps) { return allowed + steps * policy.step; };
  const auto most = std::max(policy.horizon, policy.max_length) / policy.step + 1;
  const auto last =
      last_that_holds(most, [&](std::int64_t steps) { return resolve_until(at(steps)).has_value(); });
  const auto beyond = resolve_until(at(last + 1));
  return {at(last), beyond ? Error{} : beyond.error()};
}

Furthest furthest_end(const Snapshot& snapshot, const ResolveUntil& resolve_until, Instant least,
                      const RuledEnd& ruled) {
  const Duration step = snapshot.pool.policy.step;
  const auto at = [&](std::int64_t steps) { return least + steps * step; };
  const auto verdict = [&](Instant end) -> std::variant<Error, Verdict> {
    const auto resolved = resolve_until(end);
    if (!resolved) return resolved.error();
    return place(snapshot, resolved->wanted);
  };
  const auto fits = [&](Instant end) {
    const auto said = verdict(end);
    const auto* placed = std::get_if<Verdict>(&said);
    return placed != nullptr && std::holds_alternative<Placement>(*placed);
  };
  const auto limit_at = [&](Instant end) -> std::variant<Error, Shortage> {
    const auto said = verdict(end);
    if (const auto* rule = std::get_if<Error>(&said)) return *rule;
    return std::get<Shortage>(std::get<Verdict>(said));
  };
  if (!fits(least)) return {std::nullopt, limit_at(least)};
  const auto most = std::max<std::int64_t>(0, (ruled.end - least) / step);
  const auto last = last_that_holds(most, [&](std::int64_t steps) { return fits(at(steps)); });
  if (last == most) return {at(last), ruled.beyond};
  return {at(last), limit_at(at(last + 1))};
}

}  // namespace berth::booking
