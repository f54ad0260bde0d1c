// The rows of the twin as values: what a test looks at, and what the contract suite reads from PostgreSQL
// too, to compare the two.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"
#include "said/dcgm.hpp"
#include "store/control_rows.hpp"

namespace berth::storetwin {

/// A reservation's hold on one unit for a time. One that is not live was never used.
struct Claim {
  model::ReservationId reservation;
  model::UnitId unit;
  Window during;
  bool live = true;
  bool operator==(const Claim&) const = default;
};

struct SessionRow {
  std::string cluster;
  model::Session session;
  bool operator==(const SessionRow&) const = default;
};

struct Hold {
  model::UnitId unit;
  model::SessionId session;  // whose pods are on it; empty: an outage, the cluster does not offer the unit
  Instant since;
  std::string why;
  std::optional<Instant> released_at;
  bool operator==(const Hold&) const = default;
};

struct Finding {
  std::string cluster;
  std::string kind;
  std::string object;
  std::string detail;
  std::string planned_action;
  Instant first_seen_at;
  std::optional<Instant> resolved_at;
  bool operator==(const Finding&) const = default;
};

/// A home volume that outlives its session.
struct HomeRow {
  planning::Home home;  // without what follows from the time
  std::string cluster;
  model::PoolId pool;
  model::UserId owner;
  std::string storage_class;
  std::string node;
  model::SessionId session;  // empty: nobody's
  model::SessionId last_session;
  std::optional<Instant> kept_at;
  std::optional<Instant> kept_until;
  bool deletion_asked = false;
  std::optional<Instant> gone_at;
  bool operator==(const HomeRow&) const = default;
};

struct Leader {
  std::int64_t epoch = 0;
  std::string holder;
  Instant since;
  bool operator==(const Leader&) const = default;
};

struct Beat {
  std::int64_t epoch = 0;
  std::string holder;
  Instant at;
  std::chrono::milliseconds cycle{0};
  int sessions = 0;
  std::string problem;
  std::optional<Instant> unheard_since;
  std::string starts_wait;
  bool operator==(const Beat&) const = default;
};

struct Event {
  Instant at;
  std::string kind;
  model::PoolId pool;
  model::ReservationId reservation;
  model::UserId owner;
  bool operator==(const Event&) const = default;
};

/// Of reservations, sessions and claims.
struct Audited {
  std::string actor;
  std::string action;
  std::string object_type;
  std::string object_id;
  std::optional<model::ReservationState> state;  // that a reservation came to
  bool operator==(const Audited&) const = default;
};

/// When a workspace says it was last used.
struct Used {
  Instant heard_at;
  said::Activity what;
  bool operator==(const Used&) const = default;
};

/// What the reconciler writes where there is something to do: all but who leads and when it last looked.
struct Tables {
  std::map<model::ReservationId, model::Reservation> reservations;
  std::vector<Claim> claims;  // by reservation, then unit
  std::map<model::SessionId, SessionRow> sessions;
  std::vector<Hold> holds;                                 // in the order in which they were made
  std::vector<Finding> findings;                           // likewise
  std::vector<planning::KubeconfigRequest> kubeconfigs{};  // likewise; what is answered is sealed anyway
  std::map<model::SessionId, planning::HeardWish> wishes;
  std::map<model::SessionId, Used> activity{};
  std::map<model::SessionId, said::DeviceUse> device_use{};
  std::map<std::string, HomeRow> homes;          // by id
  std::vector<planning::LayoutOrder> layouts{};  // to come and in force
  std::vector<planning::LayoutOrder>
      layouts_over{};  // after their time had come; of others nobody asks again
  bool operator==(const Tables&) const = default;
};

struct Rows {
  Tables tables;
  std::map<std::string, Leader> leaders;  // by cluster, as the next
  std::map<std::string, Beat> beats;
  std::vector<Event> events;     // oldest first, as the next
  std::vector<Audited> audited;  // append only
  bool operator==(const Rows&) const = default;
};

/// What is declared, from outside.
struct Declared {
  std::string installation;
  std::map<std::string, model::Cluster> clusters;  // by name
  std::map<model::PoolId, model::Pool> pools;
  std::map<model::UserId, std::string> emails;
};

/// The latest attempt of a reservation; null: it has no session.
/// Orders that are over, which the database's trigger notes the time of.
void end_layouts(Tables& tables, Instant now,
                 const std::function<bool(const planning::LayoutOrder&)>& is_over);

const model::Session* session_of(const Tables& tables, const model::ReservationId& reservation);
/// Null: it has none that is not Gone.
const model::Session* live_session_of(const Tables& tables, const model::ReservationId& reservation);
/// All its claims, by unit.
std::vector<Claim> claims_of(const Tables& tables, const model::ReservationId& reservation);

}  // namespace berth::storetwin
