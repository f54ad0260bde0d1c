// What the database says, as the reconcile decision reads it.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/instant.hpp"
#include "entry/access_list.hpp"
#include "entry/sealed.hpp"
#include "manifests/manifests.hpp"
#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"
#include "planning/layout_order.hpp"
#include "said/activity.hpp"
#include "said/said.hpp"

namespace berth::planning {

/// A reservation with the part of its pool that a session is made from.
struct Booked {
  model::Reservation reservation;
  model::DeviceClass device_class;
  model::Node node;
  std::vector<model::Unit> units;
  model::Cluster cluster;
  std::string time_zone;  // the pool's
  seconds start_deadline{900};
  model::HomeRule homes{};  // the pool's
  std::string owner_email;
  std::vector<entry::Person> may_enter{};  // its workspace: owner and guests who are not disabled
  /// Of other sessions on siblings of its units: what lingers there keeps its devices too (`find_siblings`).
  std::vector<std::string> sibling_namespaces{};
  bool operator==(const Booked&) const = default;
};

/// The last wish of a session's workspace that was heard.
struct HeardWish {
  std::string id;
  Instant asked_at;                    // the database's
  std::vector<std::string> earlier{};  // ids of those before it, the latest first; the oldest are forgotten
  std::string answer{};                // said::Answer as a text; empty: none yet
  bool operator==(const HeardWish&) const = default;
};

/// When a session's workspace said last when it was used.
struct HeardActivity {
  Instant looked_at;  // the workspace's, no later than it was heard
  Instant heard_at;   // the database's
  bool operator==(const HeardActivity&) const = default;
};

/// A home volume that outlives its session (decision 51), from before it is told to stay until after it was
/// seen gone.
struct Home {
  std::string id;
  std::string volume;
  Gib size;
  std::map<std::string, std::string> identity{};  // of its namespace, which the next one is given too
  bool of_before = false;                         // a session left it already: there are files in it
  bool due = false;                               // nobody's, and its time is over
  bool going = false;                             // nobody's any more, and to be deleted
  bool operator==(const Home&) const = default;
};

struct DesiredSession {
  Booked booked;
  model::Session session;  // any phase but Gone
  /// Of the booked class on the same node, in service, by name: those that no claim and no hold takes at any
  /// time of the window. Known only while "device free" is not done.
  std::vector<model::Unit> spare_units;
  std::vector<manifests::App> apps{manifests::workspace_app()};  // what it runs
  std::optional<HeardWish> wish{};
  std::optional<HeardActivity> activity{};
  std::optional<Home> home{};  // that it has
  bool operator==(const DesiredSession&) const = default;
};

/// Tells each session the namespaces of those that have siblings of its units.
void find_siblings(std::vector<DesiredSession>& sessions);

/// A reservation that should have a session and has none: APPROVED and begun, or ACTIVE after an attempt was
/// lost.
struct Due {
  Booked booked;
  int attempts = 0;  // sessions it had
  bool operator==(const Due&) const = default;
};

struct OpenHold {
  model::UnitId unit;
  model::SessionId session;
  std::string namespace_name{};  // of a session that is Gone; empty: it is not
  auto operator<=>(const OpenHold&) const = default;
};

/// Known by kind and object: what it says and since when are no part of which one it is.
struct OpenFinding {
  std::string kind;
  std::string object;
  Instant since{};  // the database's, when it was first seen
  auto operator<=>(const OpenFinding& other) const {
    return std::tie(kind, object) <=> std::tie(other.kind, other.object);
  }
  bool operator==(const OpenFinding& other) const {
    return std::tie(kind, object) == std::tie(other.kind, other.object);
  }
};

/// What is there in rows that cannot be read: in words of a newer version, or not whole. It is left alone,
/// all the rest goes on, and the sweep tells people.
struct Unreadable {
  std::string kind;    // of its finding: kNewerVersion or kUnreadableRow
  std::string object;  // a session's namespace, "reservations/<id>"
  std::string detail;
  bool operator==(const Unreadable&) const = default;
};
inline constexpr std::string_view kNewerVersion = "newer_version";
inline constexpr std::string_view kUnreadableRow = "unreadable_row";
/// A node whose pods or addresses lie outside of what the cluster's ranges keep sessions out of.
inline constexpr std::string_view kNodeOutsideRanges = "node_outside_ranges";

/// Kept files that a session did not get, or that others deleted.
inline constexpr std::string_view kHomeLost = "home_lost";

/// A unit that is in service or out by an outage, and what its node should offer for it.
struct DeclaredUnit {
  model::UnitId unit;
  std::string name;
  std::string node;  // kubernetes name
  std::string resource_name;
  std::int64_t replicas = 0;
  bool has_siblings = false;  // of other layouts: a card offers one of them at a time
  bool out = false;           // its outage is written down
  bool in_service = true;     // by the pool file
  model::DeviceId device{};
  std::map<std::string, std::string> labels{};  // that its node is declared with
  bool operator==(const DeclaredUnit&) const = default;
};

/// Somebody waits for the kubeconfig of a session; what is answered is sealed to their key.
struct KubeconfigRequest {
  std::string id;
  model::ReservationId reservation;
  model::UserId asked_by;
  entry::SealPublicKey key{};
  Instant asked_at{};
  bool answered = false;
  bool operator==(const KubeconfigRequest&) const = default;
};
/// So long a request is worth answering: far longer than anybody waits for one.
inline constexpr seconds kKubeconfigPatience{60};

/// One consistent read of the rows of one cluster.
struct Desired {
  std::string installation;
  Instant now;                           // the database's
  std::vector<DesiredSession> sessions;  // by created_at
  std::vector<Due> due;                  // by start
  std::vector<OpenHold> holds;
  std::vector<DeclaredUnit> units;  // by node and name
  std::vector<OpenFinding> findings;
  std::vector<Unreadable> unreadable;            // in neither `sessions` nor `due`
  std::vector<entry::PublicKey> gate_keys{};     // of tickets into workspaces
  std::vector<KubeconfigRequest> kubeconfigs{};  // that are asked for, by when
  std::vector<Home> homes{};                     // that no session has, by id
  std::vector<LayoutOrder> layouts{};            // to come or in force, by node, then by when they begin
  std::optional<Instant> next_edge;              // the next start or end after now
  bool operator==(const Desired&) const = default;
};

}  // namespace berth::planning
