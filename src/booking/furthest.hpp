// How far the end of what someone wants could lie: within the rules, and within what is free.
#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "booking/booking.hpp"

namespace berth::booking {

/// The same request with another end. Where it holds for one end it holds for all between that and the first
/// later one for which it does not.
using ResolveUntil = std::function<Result<Resolved>(Instant end)>;

/// The last end on a step, from `allowed` on, that the rules allow, and what they say to the step after it.
struct RuledEnd {
  Instant end;
  Error beyond;
};
/// `allowed` is one that they allow. What the rules never forbid is cut at `horizon` past it.
RuledEnd last_allowed_end(const ResolveUntil& resolve_until, Instant allowed, const model::Policy& policy);

struct Furthest {
  std::optional<Instant> end;           // empty: not even `least` fits
  std::variant<Error, Shortage> limit;  // what stands against a step more: a rule, or what is not free
};
/// `least` is the earliest end of interest and allowed, `ruled` as above; the snapshot knows everything to
/// `ruled.end`. A window that is admitted is admitted shorter too, so the end is found by halving.
Furthest furthest_end(const Snapshot& snapshot, const ResolveUntil& resolve_until, Instant least,
                      const RuledEnd& ruled);

}  // namespace berth::booking
