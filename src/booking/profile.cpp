#include "booking/profile.hpp"

#include <algorithm>

namespace berth::booking {
namespace {

/// The level that holds at `at`, or the first one when `at` lies before all.
std::vector<Profile::Level>::const_iterator level_at(const std::vector<Profile::Level>& levels, Instant at) {
  const auto next = std::upper_bound(levels.begin(), levels.end(), at,
                                     [](Instant instant, const auto& level) { return instant < level.from; });
  return next == levels.begin() ? next : next - 1;
}

}  // namespace

std::int64_t bounded_amount(std::int64_t amount) {
  return std::clamp<std::int64_t>(amount, 0, std::int64_t{1} << 40);
}

void add_change(std::vector<LevelChange>& changes, Window during, std::int64_t amount) {
  if (during.empty() || amount == 0) return;
  changes.push_back({during.start, amount});
  changes.push_back({during.end, -amount});
}

Profile::Profile(std::vector<LevelChange> changes) {
  const auto earlier = [](const LevelChange& a, const LevelChange& b) { return a.at < b.at; };
  if (!std::is_sorted(changes.begin(), changes.end(), earlier)) {
    std::sort(changes.begin(), changes.end(), earlier);
  }
  std::int64_t amount = 0;
  for (std::size_t i = 0; i < changes.size();) {
    // All changes of one instant count together: one booking that ends where the next begins does not add up.
    const Instant at = changes[i].at;
    for (; i < changes.size() && changes[i].at == at; ++i) amount += changes[i].by;
    const auto before = levels_.empty() ? 0 : levels_.back().amount;
    if (amount != before) levels_.push_back({at, amount});
  }
}

Peak Profile::highest(Window window) const {
  Peak peak{0, window.start};
  for (auto level = level_at(levels_, window.start); level != levels_.end() && level->from < window.end;
       ++level) {
    if (level->amount > peak.amount) peak = {level->amount, std::max(level->from, window.start)};
  }
  return peak;
}

std::optional<Instant> Profile::last_above(std::int64_t limit, Window window) const {
  if (window.empty()) return std::nullopt;
  if (limit < 0) return Instant::max();  // even nothing is more
  auto after = std::lower_bound(levels_.begin(), levels_.end(), window.end,
                                [](const Level& level, Instant instant) { return level.from < instant; });
  while (after != levels_.begin()) {
    const auto level = after - 1;
    if (level->amount > limit) {
      while (after != levels_.end() && after->amount > limit) ++after;
      return after == levels_.end() ? Instant::max() : after->from;
    }
    if (level->from <= window.start) break;
    after = level;
  }
  return std::nullopt;
}

std::vector<Window> joined(std::vector<Window> windows) {
  std::erase_if(windows, [](const Window& window) { return window.empty(); });
  const auto earlier = [](const Window& a, const Window& b) { return a.start < b.start; };
  if (!std::is_sorted(windows.begin(), windows.end(), earlier)) {
    std::sort(windows.begin(), windows.end(), earlier);
  }
  std::vector<Window> out;
  for (const Window& window : windows) {
    if (!out.empty() && window.start <= out.back().end) {
      out.back().end = std::max(out.back().end, window.end);
    } else {
      out.push_back(window);
    }
  }
  return out;
}

}  // namespace berth::booking
