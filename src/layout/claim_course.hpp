// A card's claims, before any wish: which can be kept, and from when on.
#pragma once

#include <vector>

#include "layout/card_course.hpp"
#include "layout/timeline.hpp"

namespace berth::layout {

/// A card as the question has it, with what follows for its claims.
struct CardState {
  CardConditions conditions;
  std::vector<LayoutMask> units;         // the layouts that have each
  std::vector<LayoutMask> claims;        // the same of each claim's unit; none where it has none
  std::vector<CardJob> jobs;             // of the claims that are kept
  std::vector<std::size_t> job_claims;   // whose each job is
  std::vector<CardTimeline::Kept> kept;  // by claim
};

CardState claim_course(const LayoutQuestion& question, const OfferedCard& card);

/// The earliest instant up to `bound` from which a layout for `job` may be in force beside `state`'s jobs;
/// its own `latest` is not looked at. None where there is none.
std::optional<Instant> earliest_service(const CardState& state, CardJob job, Instant bound);

/// "15 min", up to a whole one.
std::string in_minutes(Duration length);

}  // namespace berth::layout
