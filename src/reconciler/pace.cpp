#include "reconciler/pace.hpp"

#include <algorithm>

namespace berth::reconciler {
namespace {

using std::chrono::milliseconds;

milliseconds until(Instant at, Instant now) {
  return std::chrono::ceil<milliseconds>(std::max(at - now, Duration(0)));
}

}  // namespace

milliseconds Pace::after(const Cycle& cycle) {
  const auto& report = cycle.report;
  failures_in_a_row_ = report.failed.empty() ? 0 : failures_in_a_row_ + 1;
  if (failures_in_a_row_ == 0 && report.changed) return milliseconds(0);

  auto rest = cycle_every_;
  for (const auto& due : {cycle.next_edge, cycle.next_try}) {
    if (due && *due > cycle.now) rest = std::min(rest, until(*due, cycle.now));
  }
  rest = std::max(rest, milliseconds(1));
  if (failures_in_a_row_ == 0) return rest;
  constexpr int kMostDoublings = 10;
  const int in_a_row = report.changed ? 1 : failures_in_a_row_;
  return std::min({rest, cycle_every_, kAfterFailure * (1 << std::min(in_a_row - 1, kMostDoublings))});
}

}  // namespace berth::reconciler
