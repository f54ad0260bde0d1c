#include "layout/claim_course.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace berth::layout {
namespace {

bool is_looked_at(const LayoutQuestion& question, const CardClaim& claim) {
  return claim.during.end > question.now && claim.during.start < question.horizon;
}

LayoutMask layouts_with(const OfferedCard& card, std::size_t unit) {
  LayoutMask mask = 0;
  for (std::size_t i = 0; i < card.layouts.size(); ++i) {
    if (std::ranges::find(card.layouts[i], unit) != card.layouts[i].end()) mask |= LayoutMask{1} << i;
  }
  return mask;
}

bool is_there(const LayoutQuestion& question, const OfferedCard& card, const CardClaim& claim,
              LayoutMask layouts) {
  if (claim.during.start > question.now) return false;
  return !card.present || (layouts >> *card.present & 1U) != 0;
}

std::string no_gap_sentence(const LayoutQuestion& question, const OfferedCard& card, const CardState& state,
                            std::size_t claim) {
  const auto& wanted = card.claims[claim];
  const CardClaim* before = nullptr;
  for (const auto other : state.job_claims) {
    const auto& one = card.claims[other];
    if ((state.claims[other] & state.claims[claim]) != 0 || one.during.start > wanted.during.end) continue;
    if (before == nullptr || one.during.end > before->during.end) before = &one;
  }
  const auto needs = fmt::format(
      "a change takes {}{}", in_minutes(question.change),
      question.tail > Duration{0} ? fmt::format(", {} after the end of a session", in_minutes(question.tail))
                                  : std::string());
  const auto begins = fmt::format("{} begins at {} and waits for {} at most", wanted.booking,
                                  format_rfc3339(wanted.during.start), in_minutes(question.patience));
  if (before == nullptr)
    return fmt::format("{} cannot have its layout in time: {}, and {}.", card.name, needs, begins);
  return fmt::format("{} has another layout for {} until {}: {}, and {}.", card.name, before->booking,
                     format_rfc3339(before->during.end), needs, begins);
}

/// Goes through a card's claims and keeps what can be kept.
class Keeping {
 public:
  Keeping(const LayoutQuestion& question, const OfferedCard& card, CardState& state)
      : question_(question), card_(card), state_(state) {}

  void run() {
    auto& earliest = state_.conditions.earliest_change;
    std::vector<std::size_t> later;
    for (std::size_t i = 0; i < card_.claims.size(); ++i) {
      const auto& claim = card_.claims[i];
      state_.claims.push_back(claim.unit ? state_.units[*claim.unit] : 0);
      if (claim.during.end <= question_.now) earliest = std::max(earliest, claim.during.end + question_.tail);
      if (!is_looked_at(question_, claim)) continue;
      if (is_there(question_, card_, claim, state_.claims[i])) {
        keep(i, question_.now, true);
      } else {
        later.push_back(i);
      }
    }
    std::ranges::stable_sort(later, {}, [&](std::size_t i) { return card_.claims[i].during.start; });
    keep_in_order(later);
  }

 private:
  CardJob job_of(std::size_t claim, Instant latest, bool there) const {
    return {state_.claims[claim], card_.claims[claim].during, latest, there};
  }
  void keep(std::size_t claim, Instant from, bool there) {
    state_.kept[claim].from = from;
    state_.jobs.push_back(job_of(claim, from, there));
    state_.job_claims.push_back(claim);
  }

  /// All on time at once where they can be: then so can each beside those before it. Else by halves, so that
  /// a long row is not looked at anew for each of its claims.
  void keep_in_order(std::span<const std::size_t> claims) {
    if (claims.empty()) return;
    if (all_on_time(claims)) {
      for (const auto claim : claims) keep(claim, card_.claims[claim].during.start, false);
    } else if (claims.size() == 1) {
      keep_late(claims.front());
    } else {
      const auto half = claims.size() / 2;
      keep_in_order(claims.first(half));
      keep_in_order(claims.subspan(half));
    }
  }
  bool all_on_time(std::span<const std::size_t> claims) const {
    auto jobs = state_.jobs;
    for (const auto claim : claims) {
      const auto start = card_.claims[claim].during.start;
      if (start < question_.now || state_.claims[claim] == 0) return false;
      jobs.push_back(job_of(claim, start, false));
    }
    return best_course(state_.conditions, jobs).has_value();
  }

  void keep_late(std::size_t index) {
    const auto& claim = card_.claims[index];
    auto& fault = state_.kept[index].fault;
    const auto bound = std::min(claim.during.start + question_.patience, claim.during.end - Duration{1});
    if (state_.claims[index] == 0) {
      fault = NotServed{Unserved::kNotOffered, fmt::format("No layout on offer for {} has the unit of {}.",
                                                           card_.name, claim.booking)};
    } else if (const auto from = earliest_service(state_, job_of(index, bound, false), bound)) {
      keep(index, *from, false);
    } else {
      fault = NotServed{Unserved::kNoGap, no_gap_sentence(question_, card_, state_, index)};
    }
  }

  const LayoutQuestion& question_;
  const OfferedCard& card_;
  CardState& state_;
};

}  // namespace

std::string in_minutes(Duration length) {
  return fmt::format("{} min", std::chrono::ceil<minutes>(length).count());
}

std::optional<Instant> earliest_service(const CardState& state, CardJob job, Instant bound) {
  const auto& card = state.conditions;
  auto jobs = state.jobs;
  jobs.push_back(job);
  const auto can = [&](Instant latest) {
    jobs.back().latest = latest;
    return best_course(card, jobs).has_value();
  };
  if (bound < card.now || !can(bound)) return std::nullopt;
  const auto on_time = std::max(job.during.start, card.now);
  std::vector<Instant> tries{on_time, bound};
  const auto add = [&](Instant at) {
    if (at > on_time && at < bound) tries.push_back(at);
  };
  add(card.earliest_change + card.change);
  for (const auto& one : state.jobs) add(one.during.end + card.tail + card.change);
  std::ranges::sort(tries);
  // What can be served by an instant can be served by a later one, and the bound is one that can.
  return *std::ranges::partition_point(tries, [&](Instant at) { return !can(at); });
}

CardState claim_course(const LayoutQuestion& question, const OfferedCard& card) {
  CardState state{.conditions = {.present = card.present,
                                 .now = question.now,
                                 .earliest_change = question.now,
                                 .change = question.change,
                                 .tail = question.tail},
                  .units = {},
                  .claims = {},
                  .jobs = {},
                  .job_claims = {},
                  .kept = std::vector<CardTimeline::Kept>(card.claims.size())};
  for (std::size_t i = 0; i < card.units.size(); ++i) state.units.push_back(layouts_with(card, i));
  Keeping(question, card, state).run();
  return state;
}

}  // namespace berth::layout
