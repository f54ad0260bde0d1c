#include "reconciler/sweep.hpp"

namespace berth::reconciler {

Result<planning::SweepInput> observe_for_sweep(Worker& worker, const kube::Discovery& discovery,
                                               const std::string& installation, const store::Lead& lead) {
  // Namespaces are listed before the rows are read: a row is always older than its namespace, so one that has
  // no row now never had one.
  auto lists = worker.writes.sweep_lists(discovery);
  if (!lists) return fail(lists.error());
  std::vector<std::string> named;
  for (const auto& grant : lists->grants) named.push_back(grant.namespace_name);
  for (const auto& space : lists->namespaces) named.push_back(space.name);
  auto live = worker.control->namespaces({});
  if (!live) return fail(live.error());
  std::set<std::string> gone;
  if (!named.empty()) {
    auto rows = worker.control->namespaces(named);
    if (!rows) return fail(rows.error());
    gone = std::move(rows->gone);
  }
  auto homes = worker.control->homes();
  if (!homes) return fail(homes.error());
  auto desired = worker.control->desired(lead.cluster);
  if (!desired) return fail(desired.error());
  std::optional<model::Cluster> cluster;
  if (!desired->sessions.empty()) cluster = desired->sessions.front().booked.cluster;
  if (!cluster && !desired->due.empty()) cluster = desired->due.front().booked.cluster;
  return planning::SweepInput{installation,
                              std::move(lists->namespaces),
                              std::move(live->live),
                              lead.newest_session,
                              std::move(gone),
                              std::move(lists->grants),
                              std::move(desired->findings),
                              std::move(desired->unreadable),
                              std::move(lists->nodes),
                              std::move(lists->volumes),
                              std::move(*homes),
                              std::move(cluster),
                              desired->now};
}

}  // namespace berth::reconciler
