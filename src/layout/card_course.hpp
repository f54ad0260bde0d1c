// One card and what has to be served on it: when its layout has to change. The core of propose_layouts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"

namespace berth::layout {

using LayoutMask = std::uint64_t;  // bit n: layout n

/// What is to be served, whatever layout does it.
struct CardJob {
  LayoutMask layouts = 0;
  Window during;
  Instant latest;      // at which its layout has to be in force; before its end
  bool there = false;  // on the card now: it stays (its latest is now)
};

struct CardConditions {
  std::optional<std::size_t> present;
  Instant now;
  Instant earliest_change;  // now, or when the last session that is over is cleaned up
  Duration change;
  Duration tail;
};

struct CardCourse {
  struct Turn {
    Instant begins;
    std::size_t to = 0;
  };
  std::vector<Turn> turns;
  Duration sum{};  // of their beginnings, counted from now
};

/// The course with the fewest changes, of those the one with the least sum, that serves all jobs; none where
/// no course does. Exact: a change can always be moved ahead to where the last job before it has been cleaned
/// up, and each change parts the jobs into those before and those after it, so it is enough to look at those
/// instants and at what all jobs between two of them have in common.
std::optional<CardCourse> best_course(const CardConditions& card, std::span<const CardJob> jobs);

}  // namespace berth::layout
