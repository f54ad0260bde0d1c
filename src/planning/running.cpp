// A session that is up: what drifted is put back, its phase follows its apps.
#include "planning/apps.hpp"
#include "planning/homes.hpp"
#include "planning/outages.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

/// Of all its apps; empty when all answer.
std::string why_degraded(const manifests::SessionSpec& spec, const Observed& observed) {
  std::string why;
  // Of a node that is away nothing else is to be known.
  if (auto away = node_trouble(spec.node.kubernetes_name, observed)) why = std::move(*away);
  for (const auto& app : spec.apps) {
    const auto seen = see(app, spec.session.namespace_name, observed);
    auto silent = why_silent(app, seen);
    if (seen.pod == nullptr) {
      if (const auto* before = refused(app, spec.session.namespace_name, observed)) silent = before->trouble;
    }
    if (!silent.empty()) why += (why.empty() ? "" : " ") + silent;
  }
  return why;
}

}  // namespace

std::optional<SessionWork> plan_running(const Desired& desired, const DesiredSession& wanted,
                                        const Observed& observed) {
  const auto spec = spec_of(desired, wanted, observed);
  const auto& session = wanted.session;
  auto work = work_on(session, "it differed from what was booked");
  work.on_failure = OnFailure::kGoOn;
  if (auto wish = new_wish(wanted, observed, desired.now); wish && wish->from <= desired.now) {
    work.reason = "its workspace wishes to go on";
    work.effects.emplace_back(HearWish{std::move(wish->wish)});
  }
  for (auto& effect : home_effects(wanted, observed, desired.now))
    work.effects.push_back({std::move(effect)});
  const auto objects = all_objects(spec);
  for (auto& object : no_longer_wanted(objects, spec, observed))
    work.effects.emplace_back(PutBack{std::move(object)});
  for (auto& object : drifted_while_up(objects, observed)) {
    if (object.renewed) {
      work.effects.emplace_back(Renew{std::move(object)});
    } else {
      work.effects.emplace_back(PutBack{std::move(object)});
    }
  }

  const auto why = why_degraded(spec, observed);
  const auto phase = why.empty() ? model::SessionPhase::kReady : model::SessionPhase::kDegraded;
  if (session.phase != phase || (!why.empty() && session.reason != why)) {
    work.effects.emplace_back(SetPhase{.phase = phase, .reason = why});
  }
  if (work.effects.empty()) return std::nullopt;
  return work;
}

}  // namespace berth::planning
