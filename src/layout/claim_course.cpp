#include "layout/claim_course.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  const auto keep = [&](std::size_t claim, CardJob job, Instant from) {
    job.latest = from;
    state.kept[claim].from = from;
    state.jobs.push_back(job);
    state.job_claims.push_back(claim);
  };
  std::vector<std::size_t> later;
  for (std::size_t i = 0; i < card.claims.size(); ++i) {
    const auto& claim = card.claims[i];
    state.claims.push_back(claim.unit ? state.units[*claim.unit] : 0);
    if (claim.during.end <= question.now) {
      state.conditions.earliest_change =
          std::max(state.conditions.earliest_change, claim.during.end + question.tail);
    }
    if (!is_looked_at(question, claim)) continue;
    if (is_there(question, card, claim, state.claims[i])) {
      keep(i, {state.claims[i], claim.during, {}, true}, question.now);
    } else {
      later.push_back(i);
    }
  }
  std::ranges::stable_sort(later, {}, [&](std::size_t i) { return card.claims[i].during.start; });
  for (const auto i : later) {
    const auto& claim = card.claims[i];
    const CardJob job{state.claims[i], claim.during, {}, false};
    const auto bound = std::min(claim.during.start + question.patience, claim.during.end - Duration{1});
    if (job.layouts == 0) {
      state.kept[i].fault =
          NotServed{Unserved::kNotOffered,
                    fmt::format("No layout on offer for {} has the unit of {}.", card.name, claim.booking)};
    } else if (const auto from = earliest_service(state, job, bound)) {
      keep(i, job, *from);
    } else {
      state.kept[i].fault = NotServed{Unserved::kNoGap, no_gap_sentence(question, card, state, i)};
    }
  }
  return state;
}

}  // namespace berth::layout
