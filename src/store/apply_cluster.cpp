#include <fmt/format.h>
#include <fmt/ranges.h>

#include "poolfile/poolfile.hpp"
#include "store/apply_parts.hpp"
#include "store/cluster_changes.hpp"
#include "store/clusters.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kInsert{"apply_insert_cluster",
                            R"sql(INSERT INTO berth.cluster (name, facts) VALUES ($1, $2))sql"};
constexpr pg::Query kUpdate{"apply_update_cluster", R"sql(
    UPDATE berth.cluster
    SET facts = $2, version = version + 1
    WHERE name = $1
)sql"};
constexpr pg::Query kWithSessions{"apply_with_sessions", R"sql(
    SELECT count(DISTINCT reservation) AS reservations
    FROM berth.session
    WHERE cluster = $1 AND phase <> 'Gone'
)sql"};
// Those whose session is on it now. What begins later begins under the new facts, and nothing of a booking is
// of a cluster.
constexpr pg::Query kRunning{"apply_running", R"sql(
    SELECT r.id, r.name, r.start_at, r.end_at, o.email, c.name AS device_class, n.name AS node,
        coalesce(array_agg(DISTINCT u.name ORDER BY u.name) FILTER (WHERE u.id IS NOT NULL), '{}') AS units
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    JOIN berth.app_user o ON o.id = r.owner
    JOIN berth.device_class c ON c.id = r.device_class
    JOIN berth.reservation_unit h ON h.reservation = r.id
    JOIN berth.unit u ON u.id = h.unit
    JOIN berth.node n ON n.id = u.node
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
    GROUP BY r.id, o.email, c.name, n.name
    ORDER BY r.start_at, r.id
)sql"};

Result<std::vector<AffectedBooking>> running_on(pg::Transaction& transaction, const std::string& cluster) {
  const auto rows = transaction.exec(kRunning, cluster);
  if (!rows) return fail(within("look up what runs on a cluster", rows.error()));
  std::vector<AffectedBooking> out;
  for (const auto& row : *rows) {
    AffectedBooking one;
    one.reservation = row.get<model::ReservationId>("id");
    one.name = row.get<std::string>("name");
    one.owner = row.get<std::string>("email");
    one.device_class = row.get<std::string>("device_class");
    one.node = row.get<std::string>("node");
    one.units = row.get<std::vector<std::string>>("units");
    one.during = {row.get<Instant>("start_at"), row.get<Instant>("end_at")};
    one.why = "It runs: what fences it (ranges, API servers) follows at once, all else is as it was started.";
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Result<AppliedCluster> apply_cluster(pg::Transaction& transaction, const model::Cluster& wanted) {
  const auto before = load_cluster(transaction.connection(), wanted.name);
  if (!before) return fail(before.error());
  const json::value facts = poolfile::facts_to_json(wanted);
  if (!before->has_value()) {
    if (auto made = transaction.exec(kInsert, wanted.name, facts); !made)
      return fail(within("make a cluster", made.error()));
    return AppliedCluster{wanted.name, {fmt::format("Cluster {} is new.", wanted.name)}, {}};
  }
  auto changes = describe_changes(**before, wanted);
  if (changes.empty()) return AppliedCluster{wanted.name, {}, {}};
  const auto sessions = transaction.exec(kWithSessions, wanted.name);
  if (!sessions) return fail(within("count the cluster's sessions", sessions.error()));
  if (const auto conflicts =
          find_conflicts(**before, wanted, sessions->front().get<std::int64_t>("reservations"));
      !conflicts.empty()) {
    return fail(Code::kConflict, fmt::format("{}", fmt::join(conflicts, " ")), "cluster_in_use");
  }
  if (auto written = transaction.exec(kUpdate, wanted.name, facts); !written)
    return fail(within("write a cluster", written.error()));
  auto running = running_on(transaction, wanted.name);
  if (!running) return fail(running.error());
  return AppliedCluster{wanted.name, std::move(changes), std::move(*running)};
}

}  // namespace berth::store
