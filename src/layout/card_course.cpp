#include "layout/card_course.hpp"

#include <algorithm>
#include <bit>

namespace berth::layout {
namespace {

/// What all jobs of a stretch have in common.
struct Common {
  LayoutMask layouts = ~LayoutMask{0};
  bool all_there = true;
  void add(const CardJob& job) {
    layouts &= job.layouts;
    all_there = all_there && job.there;
  }
  void add(const Common& other) {
    layouts &= other.layouts;
    all_there = all_there && other.all_there;
  }
};

struct Cost {
  int changes = 0;
  Duration sum{};
  auto operator<=>(const Cost&) const = default;
};

struct Best {
  std::optional<Cost> cost;
  std::size_t before = 0;
  LayoutMask layouts = 0;  // that may be in force up to here
};

/// Where a change may begin: with every job over and cleaned up, or not needing its layout yet.
std::vector<Instant> possible_changes(const CardConditions& card, std::span<const CardJob> jobs) {
  std::vector<Instant> found{card.earliest_change};
  for (const auto& job : jobs) {
    if (job.during.end + card.tail > card.earliest_change) found.push_back(job.during.end + card.tail);
  }
  std::ranges::sort(found);
  const auto [rest, end] = std::ranges::unique(found);
  found.erase(rest, end);
  // One sweep: a change at g is in the way of jobs with latest < g + change and end + tail > g.
  std::vector<Window> closed;
  closed.reserve(jobs.size());
  for (const auto& job : jobs) closed.push_back({job.latest - card.change, job.during.end + card.tail});
  std::ranges::sort(closed, {}, &Window::start);
  std::vector<Instant> open;
  std::size_t next = 0;
  auto until = Instant::min();
  for (const auto at : found) {
    while (next < closed.size() && closed[next].start < at) until = std::max(until, closed[next++].end);
    if (until <= at) open.push_back(at);
  }
  return open;
}

bool may_be(const CardConditions& card, const Common& common, bool is_first) {
  if (!is_first) return common.layouts != 0;
  if (!card.present) return common.all_there;
  return (common.layouts >> *card.present & 1U) != 0;
}

}  // namespace

std::optional<CardCourse> best_course(const CardConditions& card, std::span<const CardJob> jobs) {
  const auto cuts = possible_changes(card, jobs);
  const auto last = cuts.size() + 1;
  // Cuts are counted from 1 on; 0 is where it begins. parts[i]: the jobs that are over at cut i and at none
  // before it; parts[last]: those that are over at none.
  std::vector<Common> parts(last + 1);
  for (const auto& job : jobs) {
    const auto first = std::ranges::lower_bound(cuts, job.during.end + card.tail);
    parts[static_cast<std::size_t>(first - cuts.begin()) + 1].add(job);
  }
  std::vector<Best> best(last + 1);
  best[0].cost = Cost{};
  for (std::size_t to = 1; to <= last; ++to) {
    Common common;
    for (auto from = to; from-- > 0;) {
      common.add(parts[from + 1]);
      if (common.layouts == 0 && !common.all_there) break;
      if (!best[from].cost || !may_be(card, common, from == 0)) continue;
      auto cost = *best[from].cost;
      if (to < last) {
        ++cost.changes;
        cost.sum += cuts[to - 1] - card.now;
      }
      if (!best[to].cost || cost < *best[to].cost) best[to] = {cost, from, common.layouts};
    }
  }
  if (!best[last].cost) return std::nullopt;
  CardCourse course{.turns = {}, .sum = best[last].cost->sum};
  for (auto at = last; best[at].before != 0; at = best[at].before) {
    const auto cut = best[at].before;
    course.turns.push_back({cuts[cut - 1], static_cast<std::size_t>(std::countr_zero(best[at].layouts))});
  }
  std::ranges::reverse(course.turns);
  return course;
}

}  // namespace berth::layout
