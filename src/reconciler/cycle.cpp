#include "reconciler/cycle.hpp"

#include <algorithm>

#include "planning/planning.hpp"
#include "reconciler/sweep.hpp"

namespace berth::reconciler {
std::optional<Instant> next_try(const planning::Desired& desired) {
  std::optional<Instant> next;
  for (const auto& wanted : desired.sessions) {
    if (wanted.session.phase != model::SessionPhase::kStarting) continue;
    for (const auto& step : wanted.session.steps) {
      if (step.state == model::StepState::kDone || !step.next_try_at || *step.next_try_at <= desired.now)
        continue;
      next = std::min(next.value_or(*step.next_try_at), *step.next_try_at);
    }
  }
  return next;
}

Result<Cycle> run_cycle(Executor& executor, const Observer& cluster, const store::Lead& lead,
                        const layout::LayoutPatience& layout_patience) {
  auto desired = executor.first().control->desired(lead.cluster);
  if (!desired) return fail(within("read reservations", desired.error()));
  auto observed = cluster.observe();
  if (!observed) return fail(within("observe the cluster", observed.error()));

  observed->starts_wait = executor.starts_wait();
  observed->layout_patience = layout_patience;
  const auto plan = planning::plan(*desired, *observed);
  Cycle cycle;
  cycle.actions = plan.things_to_do();
  cycle.sessions = static_cast<int>(desired->sessions.size());
  cycle.watch_trouble = observed->watch_trouble;
  if (!observed->watch_trouble.empty()) cycle.unheard_since = desired->now - observed->unheard_for;
  cycle.news_of_rows = planning::tells_news_of_rows(*desired);
  cycle.now = desired->now;
  cycle.next_edge = desired->next_edge;
  cycle.next_try = next_try(*desired);
  if (const auto wish = planning::next_wish(*desired, *observed))
    cycle.next_try = std::min(cycle.next_try.value_or(*wish), *wish);
  if (const auto layout = planning::next_layout(*desired))
    cycle.next_try = std::min(cycle.next_try.value_or(*layout), *layout);
  if (const auto outage = planning::next_outage(*desired))
    cycle.next_try = std::min(cycle.next_try.value_or(*outage), *outage);
  for (const auto& wanted : desired->sessions) {
    if (wanted.session.phase == model::SessionPhase::kReady ||
        wanted.session.phase == model::SessionPhase::kDegraded)
      cycle.dcgm_exporter = wanted.booked.cluster.dcgm_exporter;
  }
  cycle.report = executor.execute(lead, plan);
  cycle.starts_wait = executor.starts_wait();
  return cycle;
}

Result<SweepReport> run_sweep(Executor& executor, const kube::Discovery& discovery,
                              const std::string& installation, const store::Lead& lead) {
  auto input = observe_for_sweep(executor.first(), discovery, installation, lead);
  if (!input) return fail(input.error());
  const auto actions = planning::plan_sweep(*input);
  return SweepReport{executor.execute_sweep(lead, actions), actions.size()};
}

}  // namespace berth::reconciler
