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

}  // namespace

Result<std::vector<std::string>> apply_cluster(pg::Transaction& transaction, const model::Cluster& wanted) {
  const auto before = load_cluster(transaction.connection(), wanted.name);
  if (!before) return fail(before.error());
  const json::value facts = poolfile::facts_to_json(wanted);
  if (!before->has_value()) {
    if (auto made = transaction.exec(kInsert, wanted.name, facts); !made)
      return fail(within("make a cluster", made.error()));
    return std::vector{fmt::format("Cluster {} is new.", wanted.name)};
  }
  auto changes = describe_changes(**before, wanted);
  if (changes.empty()) return changes;
  const auto sessions = transaction.exec(kWithSessions, wanted.name);
  if (!sessions) return fail(within("count the cluster's sessions", sessions.error()));
  if (const auto conflicts =
          find_conflicts(**before, wanted, sessions->front().get<std::int64_t>("reservations"));
      !conflicts.empty()) {
    return fail(Code::kConflict, fmt::format("{}", fmt::join(conflicts, " ")), "cluster_in_use");
  }
  if (auto written = transaction.exec(kUpdate, wanted.name, facts); !written)
    return fail(within("write a cluster", written.error()));
  return changes;
}

}  // namespace berth::store
