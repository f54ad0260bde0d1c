#include <algorithm>

#include "booking/booking.hpp"
#include "booking/calendar.hpp"
#include "booking/fit.hpp"
#include "booking/rearrange.hpp"

namespace berth::booking {
namespace {

/// How many starts one question looks at: more than a year of quarter hours.
constexpr std::size_t kMaxStartCandidates = 40'000;

/// Starts worth a look, ascending. If a start fits and nothing ended within the step before it, then whatever
/// is there one step earlier is there at the start too, so the step before fits as well: the earliest start
/// is `from` or follows an end. (The start of the reservation being edited counts too: its units may be kept
/// from there on.)
std::vector<Instant> candidates(const Snapshot& snapshot, const Calendar& calendar, Duration length,
                                Instant from) {
  const seconds step = snapshot.pool.policy.step;
  const Instant first = ceil_to_step(std::max(from, snapshot.known.start), step);
  const Instant last = snapshot.known.end - length;
  std::vector<Instant> out{first};
  const auto add = [&](Instant at) {
    if (at > first && at <= last) out.push_back(ceil_to_step(at, step));
  };
  for (const Holding& holding : snapshot.holdings) add(holding.during.end);
  for (const Blocked& blocked : snapshot.blocked) add(blocked.during.end);
  if (calendar.own != nullptr) add(calendar.own->during.start);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  std::erase_if(out, [&](Instant at) { return at > last; });
  if (out.size() > kMaxStartCandidates) out.resize(kMaxStartCandidates);
  return out;
}

}  // namespace

std::optional<Instant> next_free_start(const Snapshot& snapshot, const Wanted& wanted, Instant from) {
  const Duration length = wanted.window.length();
  if (length <= Duration::zero() || length > snapshot.known.length() || wanted.units < 1) return std::nullopt;
  const Calendar calendar = make_calendar(snapshot, wanted, snapshot.known);
  SearchBudget budget;
  Instant not_before = snapshot.known.start;
  for (const Instant start : candidates(snapshot, calendar, length, from)) {
    if (start < not_before) continue;
    Wanted here = wanted;
    here.window = {start, start + length};
    Instant all_lack_until = Instant::max();
    for (const NodeCalendar& node : calendar.nodes) {
      const auto lacking = lacking_until(node, here);
      all_lack_until = std::min(all_lack_until, lacking.value_or(start));
      if (lacking) continue;
      if (fits_directly(node, here) || rearrange(node, here, budget)) return start;
    }
    not_before = all_lack_until;
  }
  return std::nullopt;
}

}  // namespace berth::booking
