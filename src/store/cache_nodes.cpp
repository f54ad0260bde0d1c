#include "store/cache_nodes.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "store/cache_codecs.hpp"

namespace berth::store {
namespace {

using cacheplan::ArtifactId;

constexpr pg::Query kForPool{"cache_artifact_for_pool", R"sql(
    SELECT a.id, a.kind, a.source, a.bytes, a.digest, a.priority, a.pinned, clock_timestamp() AS now
    FROM berth.cache_artifact a
    WHERE NOT EXISTS (SELECT FROM berth.cache_artifact_pool ap WHERE ap.artifact = a.id)
       OR EXISTS (SELECT FROM berth.cache_artifact_pool ap WHERE ap.artifact = a.id AND ap.pool = $1)
    ORDER BY a.kind, a.source
)sql"};
// A session that is over has its node until it is gone. Of very many, what runs and what comes next count
// first.
constexpr pg::Query kNeeds{"cache_needs_on_node", R"sql(
    SELECT ra.artifact, r.start_at,
        CASE r.state
          WHEN 'ACTIVE' THEN greatest(r.end_at, clock_timestamp() + interval '1 minute')
          ELSE least(r.end_at, coalesce(r.end_requested_at, r.end_at))
        END AS end_at
    FROM berth.reservation_artifact ra
    JOIN berth.reservation r ON r.id = ra.reservation
    WHERE (
        (r.state IN ('APPROVED', 'ACTIVE') AND r.start_at < clock_timestamp() + make_interval(secs => $2))
        OR (r.state = 'COMPLETED' AND r.end_at > clock_timestamp() - interval '90 days')
      )
      AND r.start_at < r.end_at
      AND EXISTS (
        SELECT FROM berth.reservation_unit ru JOIN berth.unit u ON u.id = ru.unit
        WHERE ru.reservation = r.id AND u.node = $1 AND (ru.live OR r.state = 'COMPLETED')
      )
    ORDER BY CASE r.state WHEN 'ACTIVE' THEN 0 WHEN 'APPROVED' THEN 1 ELSE 2 END,
        CASE r.state WHEN 'APPROVED' THEN r.start_at END, r.end_at DESC
    LIMIT 10000
)sql"};

// First of all: two reports of one node come one after the other.
constexpr pg::Query kWriteNode{"cache_node_write", R"sql(
    INSERT INTO berth.cache_node (node, reported_at, disk_bytes, free_bytes, held_bytes, high_percent, low_percent, rate, fault)
    VALUES ($1, clock_timestamp(), $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (node) DO UPDATE
    SET reported_at = excluded.reported_at, disk_bytes = excluded.disk_bytes, free_bytes = excluded.free_bytes,
        held_bytes = excluded.held_bytes, high_percent = excluded.high_percent, low_percent = excluded.low_percent,
        rate = CASE excluded.rate WHEN 0 THEN cache_node.rate ELSE excluded.rate END, fault = excluded.fault
)sql"};
constexpr pg::Query kForgetStates{"cache_state_forget", R"sql(
    DELETE FROM berth.cache_state WHERE node = $1 AND artifact <> ALL($2::uuid[])
)sql"};
// What is removed from the catalogue meanwhile is left out by the lock, rather than refused by the key.
constexpr pg::Query kWriteStates{"cache_state_write", R"sql(
    WITH said AS (
      SELECT a.id, s.state, s.bytes, nullif(s.of_bytes, -1) AS of_bytes, s.rate, s.digest, s.reason
      FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
          AS s(artifact, state, bytes, of_bytes, rate, digest, reason)
      JOIN berth.cache_artifact a ON a.id = s.artifact
      FOR KEY SHARE OF a
    )
    INSERT INTO berth.cache_state AS c (node, artifact, state, since, bytes, of_bytes, rate, digest, reason)
    SELECT $1, id, state, clock_timestamp(), bytes, of_bytes, rate, digest, reason
    FROM said
    ON CONFLICT (node, artifact) DO UPDATE
    SET state = excluded.state, bytes = excluded.bytes, of_bytes = excluded.of_bytes, rate = excluded.rate,
        digest = excluded.digest, reason = excluded.reason,
        since = CASE c.state WHEN excluded.state THEN c.since ELSE excluded.since END
    WHERE (c.state, c.bytes, c.of_bytes, c.rate, c.digest, c.reason)
        IS DISTINCT FROM (excluded.state, excluded.bytes, excluded.of_bytes, excluded.rate, excluded.digest, excluded.reason)
)sql"};

constexpr pg::Query kNodes{"cache_node_list", R"sql(
    SELECT n.id, p.name AS pool, n.name AS node, n.kubernetes_name, c.reported_at,
        coalesce(c.disk_bytes, 0) AS disk_bytes, coalesce(c.free_bytes, 0) AS free_bytes,
        coalesce(c.held_bytes, 0) AS held_bytes, coalesce(c.high_percent, 0) AS high_percent,
        coalesce(c.low_percent, 0) AS low_percent, coalesce(c.rate, 0) AS rate, coalesce(c.fault, '') AS fault
    FROM berth.node n
    JOIN berth.pool p ON p.id = n.pool
    LEFT JOIN berth.cache_node c ON c.node = n.id
    WHERE n.retired_at IS NULL AND p.retired_at IS NULL AND ($1 = '' OR p.name = $1)
    ORDER BY p.name, n.name
)sql"};
constexpr pg::Query kStates{"cache_state_list", R"sql(
    SELECT c.node, a.id, a.kind, a.source, a.bytes, a.digest, a.priority, a.pinned, c.state, c.since,
        c.bytes AS there, c.of_bytes, c.rate, c.digest AS has, c.reason
    FROM berth.cache_state c
    JOIN berth.cache_artifact a ON a.id = c.artifact
    WHERE c.node = ANY($1::bigint[])
    ORDER BY c.node, a.kind, a.source
)sql"};

CacheNodeRow read_node(const pg::Row& row) {
  return {.id = row.get<model::NodeId>("id"),
          .pool = row.get<std::string>("pool"),
          .node = row.get<std::string>("node"),
          .kubernetes_name = row.get<std::string>("kubernetes_name"),
          .reported_at = row.get<std::optional<Instant>>("reported_at"),
          .report = {.disk = {.bytes = row.get<std::int64_t>("disk_bytes"),
                              .free = row.get<std::int64_t>("free_bytes")},
                     .marks = {.high = row.get<int>("high_percent"), .low = row.get<int>("low_percent")},
                     .held_bytes = row.get<std::int64_t>("held_bytes"),
                     .rate = row.get<std::int64_t>("rate"),
                     .fault = row.get<std::string>("fault")}};
}

Result<CacheStateRow> read_state(const pg::Row& row) {
  auto artifact = read_artifact(row);
  if (!artifact) return fail(artifact.error());
  const auto state = known<cacheplan::State>(row, "state");
  if (!state) return fail(state.error());
  cacheplan::Said said{.artifact = artifact->id,
                       .state = *state,
                       .bytes = row.get<std::int64_t>("there"),
                       .of_bytes = row.get<std::optional<std::int64_t>>("of_bytes"),
                       .rate = row.get<std::int64_t>("rate"),
                       .digest = row.get<std::string>("has"),
                       .reason = row.get<std::string>("reason")};
  return CacheStateRow{std::move(*artifact), std::move(said), row.get<Instant>("since")};
}

/// A report's columns, as unnest takes them.
struct Columns {
  std::vector<ArtifactId> ids;
  std::vector<std::string> states;
  std::vector<std::int64_t> bytes;
  std::vector<std::int64_t> of_bytes;
  std::vector<std::int64_t> rates;
  std::vector<std::string> digests;
  std::vector<std::string> reasons;

  void add(const cacheplan::Said& said) {
    ids.push_back(said.artifact);
    states.emplace_back(to_string(said.state));
    bytes.push_back(said.bytes);
    of_bytes.push_back(said.of_bytes.value_or(-1));
    rates.push_back(said.rate);
    digests.push_back(said.digest);
    reasons.push_back(said.reason);
  }
};

}  // namespace

Result<std::vector<cacheplan::Wanted>> wanted_on(pg::Connection& connection, const CacheNodeCaller& node) {
  const auto rows = connection.exec(kForPool, node.pool);
  if (!rows) return fail(within("read what a node should hold", rows.error()));
  if (rows->empty()) return std::vector<cacheplan::Wanted>();
  const auto now = rows->front().get<Instant>("now");
  std::vector<cacheplan::Artifact> catalogue;
  for (const auto& row : *rows) {
    auto artifact = read_artifact(row);
    if (!artifact) return fail(artifact.error());
    catalogue.push_back(std::move(*artifact));
  }
  const auto needed =
      connection.exec(kNeeds, node.node, static_cast<double>(seconds(cacheplan::kLookAhead).count()));
  if (!needed) return fail(within("read what bookings need on a node", needed.error()));
  std::vector<cacheplan::Need> needs;
  for (const auto& row : *needed)
    needs.push_back(
        {row.get<ArtifactId>("artifact"), {row.get<Instant>("start_at"), row.get<Instant>("end_at")}});
  return cacheplan::wanted_on_node(std::move(catalogue), needs, now);
}

Result<std::size_t> write_cache_report(pg::Connection& connection, const CacheNodeCaller& node,
                                       const cacheplan::Report& report) {
  auto transaction = pg::Transaction::begin(connection);
  if (!transaction) return fail(within("begin to write a report", transaction.error()));
  const auto& disk = report.disk;
  if (auto written = transaction->exec(kWriteNode, node.node, disk.bytes, disk.free, report.held_bytes,
                                       report.marks.high, report.marks.low, report.rate, report.fault);
      !written)
    return fail(within("write what a node says of its disk", written.error()));
  const auto rows = transaction->exec(kForPool, node.pool);
  if (!rows) return fail(within("read what a node should hold", rows.error()));
  std::unordered_set<ArtifactId> wanted;
  for (const auto& row : *rows) wanted.insert(row.get<ArtifactId>("id"));
  Columns columns;
  for (const auto& said : report.artifacts) {
    if (wanted.contains(said.artifact)) columns.add(said);
  }
  const auto ignored = report.artifacts.size() - columns.ids.size();
  if (auto gone = transaction->exec(kForgetStates, node.node, columns.ids); !gone)
    return fail(within("forget what a node does not speak of", gone.error()));
  if (auto written = transaction->exec(kWriteStates, node.node, columns.ids, columns.states, columns.bytes,
                                       columns.of_bytes, columns.rates, columns.digests, columns.reasons);
      !written)
    return fail(within("write what a node holds", written.error()));
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return ignored;
}

Result<std::vector<CacheNodeRow>> list_cache_nodes(pg::Connection& connection, const std::string& pool) {
  const auto rows = connection.exec(kNodes, pool);
  if (!rows) return fail(within("list nodes' caches", rows.error()));
  std::vector<CacheNodeRow> nodes;
  std::vector<model::NodeId> ids;
  std::unordered_map<model::NodeId, std::size_t> at;
  for (const auto& row : *rows) {
    nodes.push_back(read_node(row));
    ids.push_back(nodes.back().id);
    at.emplace(ids.back(), nodes.size() - 1);
  }
  const auto states = connection.exec(kStates, ids);
  if (!states) return fail(within("read what nodes hold", states.error()));
  for (const auto& row : *states) {
    auto state = read_state(row);
    if (!state) return fail(state.error());
    nodes[at.at(row.get<model::NodeId>("node"))].artifacts.push_back(std::move(*state));
  }
  return nodes;
}

}  // namespace berth::store
