#include "store/control_rows.hpp"

#include <algorithm>
#include <map>

#include "poolfile/poolfile.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNow{"control_now", R"sql(
    SELECT clock_timestamp() AS now, (SELECT id::text FROM berth.installation) AS installation
)sql"};

constexpr pg::Query kSessions{"control_sessions", R"sql(
    SELECT r.id::text AS id, r.pool, r.device_class, r.units, r.cpu_milli, r.memory_gib, r.storage_gib,
        r.mode, r.start_at, r.end_at, r.state, r.reason, r.owner::text AS owner, r.name, r.version,
        r.created_at, r.end_requested_at, u.email, p.policy, p.site, s.id::text AS session, s.attempt,
        s.namespace_name, s.host, s.phase, s.reason AS session_reason, s.failed, s.endpoints,
        s.created_at AS session_created_at, s.ready_at, s.stopping_at
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    JOIN berth.pool p ON p.id = r.pool
    JOIN berth.app_user u ON u.id = r.owner
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
    ORDER BY s.created_at, s.id
)sql"};

constexpr pg::Query kDue{"control_due", R"sql(
    SELECT r.id::text AS id, r.pool, r.device_class, r.units, r.cpu_milli, r.memory_gib, r.storage_gib,
        r.mode, r.start_at, r.end_at, r.state, r.reason, r.owner::text AS owner, r.name, r.version,
        r.created_at, r.end_requested_at, u.email, p.policy, p.site,
        (SELECT count(*) FROM berth.session s WHERE s.reservation = r.id) AS attempts
    FROM berth.reservation r
    JOIN berth.pool p ON p.id = r.pool
    JOIN berth.app_user u ON u.id = r.owner
    WHERE p.cluster = $1
      AND r.state IN ('APPROVED', 'ACTIVE')
      AND r.start_at <= $2
      AND NOT EXISTS (SELECT FROM berth.session s WHERE s.reservation = r.id AND s.phase <> 'Gone')
    ORDER BY r.start_at, r.id
)sql"};

constexpr pg::Query kSteps{"control_steps", R"sql(
    SELECT t.session::text AS session, t.name, t.state, t.started_at, t.finished_at, t.tries, t.next_try_at,
        t.detail
    FROM berth.step t
    JOIN berth.session s ON s.id = t.session
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
    ORDER BY t.session, t.ordinal
)sql"};

constexpr pg::Query kUnits{"control_units", R"sql(
    SELECT c.reservation::text AS reservation, u.id, u.node, u.device_class, u.name, u.resource_name,
        u.replicas, n.name AS node_name, n.kubernetes_name
    FROM berth.reservation_unit c
    JOIN berth.unit u ON u.id = c.unit
    JOIN berth.node n ON n.id = u.node
    WHERE c.reservation = ANY($1::uuid[])
    ORDER BY u.id
)sql"};

// Free at every time of the window, also by what lingers past its own.
constexpr pg::Query kSpareUnits{"control_spare_units", R"sql(
    SELECT s.id::text AS session, u.id, u.node, u.device_class, u.name, u.resource_name, u.replicas
    FROM berth.step t
    JOIN berth.session s ON s.id = t.session
    JOIN berth.reservation r ON r.id = s.reservation
    JOIN berth.unit u ON u.device_class = r.device_class AND NOT u.out_of_service AND u.retired_at IS NULL
    WHERE s.cluster = $1
      AND s.phase = 'Starting'
      AND t.name = 'device_free'
      AND t.state <> 'done'
      AND u.node IN (
        SELECT mine.node
        FROM berth.reservation_unit c
        JOIN berth.unit mine ON mine.id = c.unit
        WHERE c.reservation = r.id
      )
      AND NOT EXISTS (
        SELECT FROM berth.reservation_unit c
        WHERE c.unit = u.id AND c.live AND c.during && tstzrange(r.start_at, r.end_at)
      )
      AND NOT EXISTS (SELECT FROM berth.hold h WHERE h.unit = u.id AND h.released_at IS NULL)
    ORDER BY s.id, u.name
)sql"};

constexpr pg::Query kClasses{"control_classes", R"sql(
    SELECT d.id, d.name, d.title, d.device_memory_gib, d.gpu_share, d.rate_micros, d.default_cpu_milli,
        d.default_memory_gib, d.default_storage_gib, d.ephemeral_gib, d.pods
    FROM berth.device_class d
    JOIN berth.pool p ON p.id = d.pool
    WHERE p.cluster = $1
)sql"};

constexpr pg::Query kHolds{"control_holds", R"sql(
    SELECT h.unit, h.session::text AS session
    FROM berth.hold h
    JOIN berth.session s ON s.id = h.session
    WHERE s.cluster = $1 AND h.released_at IS NULL
)sql"};

constexpr pg::Query kFindings{"control_findings", R"sql(
    SELECT kind, object
    FROM berth.finding
    WHERE cluster = $1 AND resolved_at IS NULL
)sql"};

// Read in every cycle, among however many reservations there are: the first start by its index; the ends only
// of what has begun, which are few. The lateral join keeps min() an index look-up for each pool.
constexpr pg::Query kNextEdge{"control_next_edge", R"sql(
    SELECT min(edge) AS edge
    FROM berth.pool p
    CROSS JOIN LATERAL (
      (
        SELECT r.start_at AS edge
        FROM berth.reservation r
        WHERE r.pool = p.id
          AND r.state IN ('APPROVED', 'ACTIVE')  -- the words of the index
          AND r.state = 'APPROVED'
          AND r.start_at > $2
        ORDER BY r.start_at
        LIMIT 1
      )
      UNION ALL
      (
        SELECT min(r.end_at)
        FROM berth.reservation r
        WHERE r.pool = p.id
          AND r.state IN ('APPROVED', 'ACTIVE')
          AND r.state = 'ACTIVE'
          AND r.start_at <= $2
          AND r.end_at > $2
      )
    ) edges
    WHERE p.cluster = $1
)sql"};

using ClassesById = std::map<std::int64_t, model::DeviceClass>;

model::Reservation to_reservation(const pg::Row& row) {
  model::Reservation out;
  out.id = {row.get<std::string>("id")};
  out.pool = {row.get<std::int64_t>("pool")};
  out.device_class = {row.get<std::int64_t>("device_class")};
  out.units = row.get<int>("units");
  out.load = {row.get<CpuMilli>("cpu_milli"), row.get<Gib>("memory_gib"), row.get<Gib>("storage_gib")};
  out.mode = model::parse_mode(row.get<std::string>("mode")).value();
  out.window = {row.get<Instant>("start_at"), row.get<Instant>("end_at")};
  out.state = model::parse_reservation_state(row.get<std::string>("state")).value();
  out.reason = row.get<std::string>("reason");
  out.owner = {row.get<std::string>("owner")};
  out.name = row.get<std::string>("name");
  out.version = row.get<std::int64_t>("version");
  out.created_at = row.get<Instant>("created_at");
  out.end_requested_at = row.get<std::optional<Instant>>("end_requested_at");
  return out;
}

model::DeviceClass to_class(const pg::Row& row) {
  model::DeviceClass out;
  out.id = {row.get<std::int64_t>("id")};
  out.name = row.get<std::string>("name");
  out.title = row.get<std::string>("title");
  out.device_memory = row.get<Gib>("device_memory_gib");
  out.gpu_share = row.get<double>("gpu_share");
  out.rate = row.get<MoneyMicros>("rate_micros");
  out.defaults = {row.get<CpuMilli>("default_cpu_milli"), row.get<Gib>("default_memory_gib"),
                  row.get<Gib>("default_storage_gib")};
  out.ephemeral = row.get<Gib>("ephemeral_gib");
  out.pods = row.get<int>("pods");
  return out;
}

Result<planning::Booked> to_booked(const pg::Row& row, const ClassesById& classes) {
  planning::Booked booked;
  booked.reservation = to_reservation(row);
  const auto device_class = classes.find(booked.reservation.device_class.value);
  if (device_class != classes.end()) booked.device_class = device_class->second;
  auto policy = poolfile::policy_from_json(row.get<json::value>("policy"));
  if (!policy) return fail(within("read a pool's policy", policy.error()));
  booked.start_deadline = policy->start_deadline;
  auto site = poolfile::site_from_json(row.get<json::value>("site"));
  if (!site) return fail(within("read a pool's site", site.error()));
  booked.site = std::move(*site);
  booked.owner_email = row.get<std::string>("email");
  return booked;
}

model::Session to_session(const pg::Row& row) {
  model::Session out;
  out.id = {row.get<std::string>("session")};
  out.reservation = {row.get<std::string>("id")};
  out.attempt = row.get<int>("attempt");
  out.namespace_name = row.get<std::string>("namespace_name");
  out.host = row.get<std::string>("host");
  out.phase = model::parse_session_phase(row.get<std::string>("phase")).value();
  out.reason = row.get<std::string>("session_reason");
  out.failed = row.get<bool>("failed");
  out.created_at = row.get<Instant>("session_created_at");
  out.ready_at = row.get<std::optional<Instant>>("ready_at");
  out.stopping_at = row.get<std::optional<Instant>>("stopping_at");
  const auto endpoints = row.get<json::value>("endpoints");
  for (const auto& endpoint : endpoints.as_array()) {
    out.endpoints.push_back({string_at(endpoint, {"name"}), string_at(endpoint, {"url"})});
  }
  return out;
}

model::Step to_step(const pg::Row& row) {
  return {.name = model::parse_step_name(row.get<std::string>("name")).value(),
          .state = model::parse_step_state(row.get<std::string>("state")).value(),
          .started_at = row.get<std::optional<Instant>>("started_at"),
          .finished_at = row.get<std::optional<Instant>>("finished_at"),
          .tries = row.get<int>("tries"),
          .next_try_at = row.get<std::optional<Instant>>("next_try_at"),
          .detail = row.get<std::string>("detail")};
}

model::Unit to_unit(const pg::Row& row) {
  model::Unit unit;
  unit.id = {row.get<std::int64_t>("id")};
  unit.node = {row.get<std::int64_t>("node")};
  unit.device_class = {row.get<std::int64_t>("device_class")};
  unit.name = row.get<std::string>("name");
  unit.resource_name = row.get<std::string>("resource_name");
  unit.replicas = row.get<int>("replicas");
  return unit;
}

/// Units and node of each reservation; all units of one are on one node.
Status fill_units(pg::Transaction& transaction, planning::Desired& desired) {
  std::vector<std::string> ids;
  std::map<std::string, planning::Booked*> by_id;
  const auto take = [&](planning::Booked& booked) {
    ids.push_back(booked.reservation.id.value);
    by_id[booked.reservation.id.value] = &booked;
  };
  for (auto& wanted : desired.sessions) take(wanted.booked);
  for (auto& due : desired.due) take(due.booked);
  if (ids.empty()) return {};
  const auto rows = transaction.exec(kUnits, ids);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    auto& booked = *by_id.at(row.get<std::string>("reservation"));
    auto unit = to_unit(row);
    booked.node.id = unit.node;
    booked.node.name = row.get<std::string>("node_name");
    booked.node.kubernetes_name = row.get<std::string>("kubernetes_name");
    booked.units.push_back(std::move(unit));
  }
  return {};
}

Status fill_sessions(pg::Transaction& transaction, const std::string& cluster, const ClassesById& classes,
                     planning::Desired& desired) {
  const auto sessions = transaction.exec(kSessions, cluster);
  if (!sessions) return fail(sessions.error());
  std::map<std::string, std::size_t> index;
  for (const auto& row : *sessions) {
    auto booked = to_booked(row, classes);
    if (!booked) return fail(booked.error());
    index[row.get<std::string>("session")] = desired.sessions.size();
    desired.sessions.push_back({std::move(*booked), to_session(row), {}});
  }
  const auto steps = transaction.exec(kSteps, cluster);
  if (!steps) return fail(steps.error());
  for (const auto& row : *steps) {
    const auto found = index.find(row.get<std::string>("session"));
    if (found != index.end()) desired.sessions[found->second].session.steps.push_back(to_step(row));
  }
  const auto spares = transaction.exec(kSpareUnits, cluster);
  if (!spares) return fail(spares.error());
  for (const auto& row : *spares) {
    const auto found = index.find(row.get<std::string>("session"));
    if (found != index.end()) desired.sessions[found->second].spare_units.push_back(to_unit(row));
  }
  return {};
}

}  // namespace

std::vector<model::Step> fresh_steps() {
  std::vector<model::Step> steps;
  for (const auto name : model::kSteps) {
    model::Step step;
    step.name = name;
    steps.push_back(step);
  }
  return steps;
}

Result<planning::Desired> read_desired(pg::Transaction& transaction, const std::string& cluster) {
  planning::Desired desired;
  const auto now = transaction.exec(kNow);
  if (!now) return fail(now.error());
  desired.now = now->front().get<Instant>("now");
  desired.installation = now->front().get<std::string>("installation");

  const auto class_rows = transaction.exec(kClasses, cluster);
  if (!class_rows) return fail(class_rows.error());
  ClassesById classes;
  for (const auto& row : *class_rows) classes[row.get<std::int64_t>("id")] = to_class(row);

  if (auto done = fill_sessions(transaction, cluster, classes, desired); !done) return fail(done.error());
  const auto due = transaction.exec(kDue, cluster, desired.now);
  if (!due) return fail(due.error());
  for (const auto& row : *due) {
    auto booked = to_booked(row, classes);
    if (!booked) return fail(booked.error());
    desired.due.push_back({std::move(*booked), row.get<int>("attempts")});
  }
  if (auto done = fill_units(transaction, desired); !done) return fail(done.error());

  const auto holds = transaction.exec(kHolds, cluster);
  if (!holds) return fail(holds.error());
  for (const auto& row : *holds) {
    desired.holds.push_back({{row.get<std::int64_t>("unit")}, {row.get<std::string>("session")}});
  }
  const auto findings = transaction.exec(kFindings, cluster);
  if (!findings) return fail(findings.error());
  for (const auto& row : *findings) {
    desired.findings.push_back({row.get<std::string>("kind"), row.get<std::string>("object")});
  }
  const auto edge = transaction.exec(kNextEdge, cluster, desired.now);
  if (!edge) return fail(edge.error());
  desired.next_edge = edge->front().get<std::optional<Instant>>("edge");
  return desired;
}

}  // namespace berth::store
