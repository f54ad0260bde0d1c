#include "portal/watched_metrics.hpp"

#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace berth::portal {
namespace {

using Gauges = prometheus::Family<prometheus::Gauge>;

Gauges& gauges(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

void set(Gauges& gauges, const prometheus::Labels& labels, auto value) {
  gauges.Add(labels).Set(static_cast<double>(value));
}

void add_clusters(prometheus::Registry& registry, const std::vector<store::WatchedCluster>& clusters) {
  auto& age = gauges(registry, "berth_reconciler_heartbeat_age_seconds",
                     "Since the cluster's leading reconciler last reported; infinite where none ever did");
  auto& cycle = gauges(registry, "berth_reconciler_cycle_seconds", "What its last reported cycle took");
  auto& unheard = gauges(registry, "berth_reconciler_unheard_seconds",
                         "For how long a watch of the cluster is not heard");
  auto& problem = gauges(registry, "berth_reconciler_problem", "1 where its last report tells of a problem");
  auto& wait = gauges(registry, "berth_reconciler_starts_wait", "1 where it holds all starts back");
  auto& findings = gauges(registry, "berth_findings_open", "Findings that nobody has cleared up");
  for (const auto& one : clusters) {
    const prometheus::Labels labels{{"cluster", one.name}};
    set(age, labels, one.heartbeat_age_seconds.value_or(std::numeric_limits<double>::infinity()));
    set(cycle, labels, one.cycle_seconds);
    set(unheard, labels, one.unheard_seconds);
    set(problem, labels, one.problem);
    set(wait, labels, one.starts_wait);
    set(findings, labels, one.findings);
  }
}

void add_pools(prometheus::Registry& registry, const std::vector<store::WatchedPool>& pools) {
  auto& sessions = gauges(registry, "berth_sessions", "Sessions by phase, but for those that are gone");
  auto& start = gauges(registry, "berth_start_wait_seconds",
                       "How long the reservation that waits longest has been due without a ready session");
  auto& end = gauges(registry, "berth_end_wait_seconds",
                     "How long the session that is over for longest has not been gone");
  auto& failed = gauges(registry, "berth_reservations_failed",
                        "Reservations that were to start in the last day and got no session");
  for (const auto& one : pools) {
    const prometheus::Labels labels{{"cluster", one.cluster}, {"pool", one.name}};
    for (const auto& [phase, count] : {std::pair{"Starting", one.starting},
                                       {"Ready", one.ready},
                                       {"Degraded", one.degraded},
                                       {"Stopping", one.stopping}}) {
      auto of_phase = labels;
      of_phase["phase"] = phase;
      set(sessions, of_phase, count);
    }
    set(start, labels, one.start_wait_seconds);
    set(end, labels, one.end_wait_seconds);
    set(failed, labels, one.failed);
  }
}

void add_units(prometheus::Registry& registry, const store::Watched& watched) {
  auto& outages = gauges(registry, "berth_unit_outages", "Units that their node does not offer");
  auto& holds = gauges(registry, "berth_unit_holds", "Units that pods keep past the end of their claim");
  for (const auto& one : watched.nodes) {
    const prometheus::Labels labels{{"cluster", one.cluster}, {"pool", one.pool}, {"node", one.name}};
    set(outages, labels, one.outages);
    set(holds, labels, one.holds);
  }
  auto& units = gauges(registry, "berth_units", "Units on offer or out of service");
  auto& claimed = gauges(registry, "berth_units_claimed", "Units that a reservation holds now");
  for (const auto& one : watched.classes) {
    const prometheus::Labels labels{{"cluster", one.cluster}, {"pool", one.pool}, {"device_class", one.name}};
    set(units, labels, one.units);
    set(claimed, labels, one.claimed);
  }
}

}  // namespace

std::string metrics_text(const Result<store::Watched>& watched) {
  prometheus::Registry registry;  // anew each time: what is no longer there must not be told of
  set(gauges(registry, "berth_database_up", "1 where the database answered this portal just now"), {},
      watched.has_value());
  if (watched) {
    add_clusters(registry, watched->clusters);
    add_pools(registry, watched->pools);
    add_units(registry, *watched);
    set(gauges(registry, "berth_backup_age_seconds",
               "Since the moment that the newest verified backup holds; infinite where there never was one"),
        {}, watched->backup_age_seconds.value_or(std::numeric_limits<double>::infinity()));
  }
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace berth::portal
