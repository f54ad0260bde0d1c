#include "store/desired_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "store/clusters.hpp"
#include "store/codecs.hpp"
#include "store/desired_besides.hpp"
#include "store/gate_keys.hpp"
#include "store/layout_rows.hpp"
#include "store/outages.hpp"
#include "store/pool_rows.hpp"
#include "store/reservation_rows.hpp"
#include "store/session_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNow{"control_now", R"sql(
    SELECT clock_timestamp() AS now, (SELECT id FROM berth.installation) AS installation
)sql"};

constexpr pg::Query kSessions{"control_sessions", R"sql(
    SELECT s.id, s.reservation, s.attempt, s.namespace_name, s.host, s.phase, s.reason, s.failed, s.endpoints,
        s.created_at, s.ready_at, s.stopping_at, s.gone_at, r.pool
    FROM berth.session s
    JOIN berth.reservation r ON r.id = s.reservation
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
    ORDER BY s.created_at, s.id
)sql"};

constexpr pg::Query kSteps{"control_steps", R"sql(
    SELECT t.session, t.name, t.state, t.started_at, t.finished_at, t.tries, t.next_try_at, t.detail
    FROM berth.step t
    JOIN berth.session s ON s.id = t.session
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
    ORDER BY t.session, t.ordinal
)sql"};

constexpr pg::Query kDue{"control_due", R"sql(
    SELECT r.id, r.pool, (SELECT count(*) FROM berth.session s WHERE s.reservation = r.id) AS attempts
    FROM berth.reservation r
    JOIN berth.pool p ON p.id = r.pool
    WHERE p.cluster = $1
      AND r.state IN ('APPROVED', 'ACTIVE')
      AND r.start_at <= $2
      AND NOT EXISTS (SELECT FROM berth.session s WHERE s.reservation = r.id AND s.phase <> 'Gone')
    ORDER BY r.start_at, r.id
)sql"};

// Free at every time of the window, and so are their siblings, also by what lingers past its own.
constexpr pg::Query kSpareUnits{"control_spare_units", R"sql(
    SELECT s.id AS session, u.id AS unit
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
        WHERE c.device = u.device
          AND c.placement && u.placement
          AND c.live
          AND c.during && tstzrange(r.start_at, r.end_at)
      )
      AND NOT EXISTS (
        SELECT FROM berth.hold h
        JOIN berth.unit held ON held.id = h.unit
        WHERE held.device = u.device AND held.placement && u.placement AND h.released_at IS NULL
      )
    ORDER BY s.id, u.name
)sql"};

constexpr pg::Query kHolds{"control_holds", R"sql(
    SELECT h.unit, h.session, CASE WHEN s.phase = 'Gone' THEN s.namespace_name ELSE '' END AS gone
    FROM berth.hold h
    JOIN berth.session s ON s.id = h.session
    WHERE s.cluster = $1 AND h.released_at IS NULL
)sql"};

constexpr pg::Query kFindings{"control_findings", R"sql(
    SELECT kind, object, first_seen_at
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

constexpr pg::Query kReservations{"control_reservations", R"sql(
    SELECT r.id, r.pool, r.device_class, r.units, r.cpu_milli, r.memory_gib, r.storage_gib, r.mode, r.start_at,
        r.end_at, r.state, r.reason, r.owner, r.team, r.name, r.version, r.created_at, r.end_requested_at,
        r.rate_micros, r.currency, a.email, a.disabled_at IS NOT NULL AS disabled, a.signed_out_at
    FROM berth.reservation r
    JOIN berth.app_user a ON a.id = r.owner
    WHERE r.id = ANY($1::uuid[])
)sql"};

constexpr pg::Query kClaims{"control_claims", R"sql(
    SELECT reservation, unit
    FROM berth.reservation_unit
    WHERE reservation = ANY($1::uuid[])
    ORDER BY reservation, unit
)sql"};

constexpr pg::Query kGuests{"control_guests", R"sql(
    SELECT g.reservation, a.id, a.email, greatest(g.named_at, a.signed_out_at) AS since
    FROM berth.reservation_guest g
    JOIN berth.app_user a ON a.id = g.member
    WHERE g.reservation = ANY($1::uuid[]) AND a.disabled_at IS NULL
    ORDER BY g.reservation, g.named_at, a.id
)sql"};

/// The list of `id`, which may be none.
template <typename Id, typename T>
std::vector<T> take(std::map<Id, std::vector<T>>& lists, const Id& id) {
  const auto found = lists.find(id);
  return found == lists.end() ? std::vector<T>() : std::move(found->second);
}

/// All that sessions and reservations are put together from, each by whose it is.
class Parts {
 public:
  /// Of the reservations `ids` in `pools`.
  static Result<Parts> read(pg::Connection& connection, const std::string& cluster,
                            const std::vector<model::ReservationId>& ids,
                            const std::vector<model::PoolId>& pools) {
    pg::Batch batch;
    batch.add(kReservations, ids);
    batch.add(kClaims, ids);
    batch.add(kGuests, ids);
    add_cluster_read(batch, cluster);
    add_pool_reads(batch, pools);
    const auto answers = connection.exec(batch);
    if (!answers) return fail(within("read what is booked", answers.error()));
    Parts parts;
    if (auto facts = read_cluster(answers->at(3), cluster); !facts) {
      parts.cluster_ = fail(facts.error());
    } else if (!facts->has_value()) {
      parts.cluster_ = fail(Code::kInternal, fmt::format("cluster {} is not declared", cluster));
    } else {
      parts.cluster_ = std::move(**facts);
    }
    for (const auto& row : answers->at(0)) {
      const auto id = row.get<model::ReservationId>("id");
      parts.emails_[id] = row.get<std::string>("email");
      if (!row.get<bool>("disabled"))
        parts.may_enter_[id].push_back({row.get<model::UserId>("owner").value, row.get<std::string>("email"),
                                        row.get<std::optional<Instant>>("signed_out_at")});
      parts.reservations_.emplace(id, read_reservation(row));
    }
    for (const auto& row : answers->at(1)) {
      parts.claims_[row.get<model::ReservationId>("reservation")].push_back(row.get<model::UnitId>("unit"));
    }
    for (const auto& row : answers->at(2)) {
      parts.may_enter_[row.get<model::ReservationId>("reservation")].push_back(
          {row.get<model::UserId>("id").value, row.get<std::string>("email"),
           row.get<std::optional<Instant>>("since")});
    }
    for (auto& pool : read_pools(std::span(*answers).subspan(4, kPoolReads))) {
      parts.pools_.emplace(pool.id, std::move(pool.pool));
    }
    return parts;
  }

  /// The reservation with what its session is made from: all of it whole, or the error that says why not.
  Result<planning::Booked> booked(const model::ReservationId& id) {
    const auto& reservation = reservations_.at(id);
    if (!reservation) return fail(reservation.error());
    const auto& pool = pools_.at(reservation->pool);
    if (!pool) return fail(pool.error());
    if (!cluster_) return fail(cluster_.error());
    const auto* device_class = pool->find_class(reservation->device_class);
    auto units = units_of(id, take(claims_, id));
    if (!units) return fail(units.error());
    if (device_class == nullptr || units->empty()) {
      return fail(Code::kInternal, fmt::format("reservation {} has no class or no unit", id.value));
    }
    return planning::Booked{.reservation = *reservation,
                            .device_class = *device_class,
                            .node = *pool->find_node(units->front().node),
                            .units = std::move(*units),
                            .cluster = *cluster_,
                            .time_zone = pool->time_zone,
                            .start_deadline = pool->policy.start_deadline,
                            .homes = pool->policy.homes,
                            .owner_email = emails_.at(id),
                            .may_enter = take(may_enter_, id)};
  }

  /// Of the pool of a reservation, which were both read.
  Result<std::vector<model::Unit>> units_of(const model::ReservationId& id,
                                            const std::vector<model::UnitId>& units) const {
    const auto& pool = *pools_.at(reservations_.at(id)->pool);
    std::vector<model::Unit> found;
    found.reserve(units.size());
    for (const auto unit : units) {
      const auto* one = pool.find_unit(unit);
      if (one == nullptr) {
        return fail(Code::kInternal,
                    fmt::format("pool {} has no unit {} of reservation {}", pool.name, unit.value, id.value));
      }
      found.push_back(*one);
    }
    return found;
  }

 private:
  Result<model::Cluster> cluster_;
  std::map<model::ReservationId, Result<model::Reservation>> reservations_;
  std::map<model::ReservationId, std::string> emails_;
  std::map<model::ReservationId, std::vector<entry::Person>> may_enter_;
  std::map<model::ReservationId, std::vector<model::UnitId>> claims_;
  std::map<model::PoolId, Result<model::Pool>> pools_;
};

/// The answers of the first round trip, which say what the second one asks for.
struct Rows {
  pg::Rows sessions;
  pg::Rows steps;
  pg::Rows due;
  pg::Rows spares;
  pg::Rows holds;
  pg::Rows findings;
  pg::Rows edge;
  pg::Rows units;
  pg::Rows gate_keys;
  pg::Rows layouts;
  Besides besides;
};

Result<Rows> read_rows(pg::Connection& connection, const std::string& cluster, Instant now) {
  pg::Batch batch;
  batch.add(kSessions, cluster);
  batch.add(kSteps, cluster);
  batch.add(kDue, cluster, now);
  batch.add(kSpareUnits, cluster);
  batch.add(kHolds, cluster);
  batch.add(kFindings, cluster);
  batch.add(kNextEdge, cluster, now);
  add_units_read(batch, cluster);
  batch.add(kPublicGateKeys);
  add_layouts_read(batch, cluster);
  add_besides_read(batch, cluster, now);
  auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a cluster's sessions", answers.error()));
  auto& all = *answers;
  return Rows{std::move(all[0]),
              std::move(all[1]),
              std::move(all[2]),
              std::move(all[3]),
              std::move(all[4]),
              std::move(all[5]),
              std::move(all[6]),
              std::move(all[7]),
              std::move(all[8]),
              std::move(all[9]),
              read_besides(std::span(all).subspan(10))};
}

Result<Parts> read_parts(pg::Connection& connection, const std::string& cluster, const Rows& rows) {
  std::vector<model::ReservationId> reservations;
  std::set<model::PoolId> pools;
  for (const auto& row : rows.sessions) {
    reservations.push_back(row.get<model::ReservationId>("reservation"));
    pools.insert(row.get<model::PoolId>("pool"));
  }
  for (const auto& row : rows.due) {
    reservations.push_back(row.get<model::ReservationId>("id"));
    pools.insert(row.get<model::PoolId>("pool"));
  }
  if (reservations.empty()) return Parts();
  return Parts::read(connection, cluster, reservations, {pools.begin(), pools.end()});
}

planning::Unreadable unreadable(std::string object, const Error& error) {
  const auto kind = error.slug == kNewerVersion ? planning::kNewerVersion : planning::kUnreadableRow;
  return {std::string(kind), std::move(object), error.message};
}

/// The steps of each session, or the error of the first that cannot be read.
using StepsBySession = std::map<model::SessionId, Result<std::vector<model::Step>>>;
StepsBySession read_steps(const pg::Rows& rows) {
  StepsBySession all;
  for (const auto& row : rows) {
    auto& steps =
        all.try_emplace(row.get<model::SessionId>("session"), std::vector<model::Step>()).first->second;
    if (!steps) continue;
    auto step = read_step(row);
    if (step) {
      steps->push_back(std::move(*step));
    } else {
      steps = fail(step.error());
    }
  }
  return all;
}

Result<planning::DesiredSession> read_whole(const pg::Row& row, StepsBySession& steps,
                                            const std::vector<model::UnitId>& spares, Parts& parts) {
  auto& mine = steps.try_emplace(row.get<model::SessionId>("id"), std::vector<model::Step>()).first->second;
  if (!mine) return fail(mine.error());
  auto session = read_session(row, std::move(*mine));
  if (!session) return fail(session.error());
  auto booked = parts.booked(session->reservation);
  if (!booked) return fail(booked.error());
  auto spare_units = parts.units_of(session->reservation, spares);
  if (!spare_units) return fail(spare_units.error());
  return planning::DesiredSession{std::move(*booked), std::move(*session), side_by_side(*spare_units)};
}

void add_sessions(const Rows& rows, Parts& parts, planning::Desired& desired) {
  auto steps = read_steps(rows.steps);
  std::map<model::SessionId, std::vector<model::UnitId>> spares;
  for (const auto& row : rows.spares) {
    spares[row.get<model::SessionId>("session")].push_back(row.get<model::UnitId>("unit"));
  }
  for (const auto& row : rows.sessions) {
    auto session = read_whole(row, steps, spares[row.get<model::SessionId>("id")], parts);
    if (session) {
      rows.besides.add_to(*session);
      desired.sessions.push_back(std::move(*session));
    } else {
      desired.unreadable.push_back(unreadable(row.get<std::string>("namespace_name"), session.error()));
    }
  }
  planning::find_siblings(desired.sessions);
}

void add_due(const Rows& rows, Parts& parts, planning::Desired& desired) {
  for (const auto& row : rows.due) {
    const auto id = row.get<model::ReservationId>("id");
    auto booked = parts.booked(id);
    if (booked) {
      desired.due.push_back({std::move(*booked), row.get<int>("attempts")});
    } else {
      desired.unreadable.push_back(unreadable("reservations/" + id.value, booked.error()));
    }
  }
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

std::vector<model::Unit> side_by_side(const std::vector<model::Unit>& units) {
  std::vector<model::Unit> chosen;
  for (const auto& unit : units) {
    const bool blocked = std::any_of(chosen.begin(), chosen.end(), [&](const model::Unit& other) {
      return model::are_siblings(other, unit);
    });
    if (!blocked) chosen.push_back(unit);
  }
  return chosen;
}

Result<planning::Desired> read_desired(pg::Transaction& transaction, const std::string& cluster) {
  auto& connection = transaction.connection();
  const auto clock = connection.exec(kNow);
  if (!clock) return fail(within("read the database's clock", clock.error()));
  planning::Desired desired;
  desired.now = clock->front().get<Instant>("now");
  desired.installation = clock->front().get<std::string>("installation");

  const auto rows = read_rows(connection, cluster, desired.now);
  if (!rows) return fail(rows.error());
  auto parts = read_parts(connection, cluster, *rows);
  if (!parts) return fail(parts.error());
  add_sessions(*rows, *parts, desired);
  add_due(*rows, *parts, desired);

  for (const auto& row : rows->holds) {
    desired.holds.push_back(
        {row.get<model::UnitId>("unit"), row.get<model::SessionId>("session"), row.get<std::string>("gone")});
  }
  for (const auto& row : rows->findings) {
    desired.findings.push_back(
        {row.get<std::string>("kind"), row.get<std::string>("object"), row.get<Instant>("first_seen_at")});
  }
  desired.units = read_units(rows->units);
  desired.gate_keys = read_public_keys(rows->gate_keys);
  desired.layouts = read_layouts(rows->layouts);
  desired.kubeconfigs = rows->besides.kubeconfigs;
  desired.homes = rows->besides.nobodys_homes;
  desired.next_edge = rows->edge.front().get<std::optional<Instant>>("edge");
  return desired;
}

}  // namespace berth::store
