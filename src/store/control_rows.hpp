// The database as the reconciler sees it: one read of what is desired, and the few writes by which it says
// what it did. Every write carries the leader's epoch and fails (kConflict, slug "stale_epoch") when another
// one leads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "pg/pg.hpp"
#include "planning/planning.hpp"

namespace berth::store {

/// The slug of a write under an epoch that is over.
inline constexpr std::string_view kStaleEpoch = "stale_epoch";

struct Lead {
  std::string cluster;
  std::int64_t epoch = 0;
  std::string holder;
  std::optional<Instant> newest_session;  // created_at of the cluster's newest when the lead was taken
};

struct NewSession {
  model::SessionId id;
  std::string namespace_name;
  std::string host;
};

struct Heartbeat {
  Duration cycle{0};
  int sessions = 0;
  std::string problem;                   // empty: all is well
  std::optional<Instant> unheard_since;  // a watch of the cluster is not heard, so nothing is started
  std::string starts_wait{};             // why nothing is started otherwise, a sentence; empty: it is
};

/// The volume of a session's home as the cluster has it, and the id of its row if that is made now.
struct FoundHome {
  std::string new_id;
  std::string volume;
  std::string storage_class;
  Gib size;
  std::string node{};  // the only one that has it; empty: any
  std::map<std::string, std::string> identity{};
};

/// How busy the devices of a namespace were.
struct DeviceSample {
  std::string namespace_name;
  int busy_permille = 0;
  Duration age{0};  // since that was looked at
};

struct NamespaceRows {
  std::set<std::string> live;
  std::set<std::string> gone;
};

/// Owned by one thread. Reconnects by itself; a lost connection is kUnavailable and the next call tries
/// again.
class ControlRows {
 public:
  virtual ~ControlRows() = default;

  virtual Result<std::string> installation() = 0;
  /// The clusters that are declared, by name.
  virtual Result<std::vector<std::string>> clusters() = 0;
  /// Raises the cluster's epoch: from now on writes with an older one fail. kConflict (slug
  /// "unknown_cluster") when it is not declared.
  virtual Result<Lead> take_lead(const std::string& cluster, const std::string& holder) = 0;

  /// Everything in one snapshot (REPEATABLE READ, read only).
  virtual Result<planning::Desired> desired(const std::string& cluster) = 0;

  /// APPROVED -> ACTIVE with the session row and its pending steps; or the next attempt of an ACTIVE one.
  /// Does nothing and says false when the reservation is no longer due (canceled meanwhile, ended).
  virtual Result<bool> begin_session(const Lead& lead, const model::ReservationId& reservation, int attempt,
                                     const NewSession& session) = 0;
  /// Does nothing when the reservation is over already.
  virtual Status close_reservation(const Lead& lead, const planning::CloseReservation& closed) = 0;
  /// Writes the steps that differ from what is stored.
  virtual Status record_steps(const Lead& lead, const model::SessionId& session,
                              const std::vector<model::Step>& steps) = 0;
  virtual Status publish_endpoints(const Lead& lead, const model::SessionId& session,
                                   const std::vector<model::Endpoint>& endpoints) = 0;
  /// Does nothing and says false when the phase was to be set only if the reservation is over and
  /// it was extended meanwhile: what was planned with it no longer holds.
  virtual Result<bool> set_phase(const Lead& lead, const model::SessionId& session,
                                 const planning::SetPhase& phase) = 0;
  /// Phase Gone; claims whose end is still ahead are cut at the database's now; holds are released; the
  /// reservation becomes what `outcome` says. All in one transaction.
  virtual Status finish_session(const Lead& lead, const model::SessionId& session,
                                const planning::FinishSession& outcome) = 0;
  /// kConflict (slug "units_taken") when a unit that is moved to has been taken meanwhile, or the reservation
  /// does not hold what is moved from any more: nothing is changed then.
  virtual Status move_units(const Lead& lead, const model::SessionId& session,
                            const planning::MoveUnits& move) = 0;
  virtual Status add_hold(const Lead& lead, const model::SessionId& session, model::UnitId unit,
                          const std::string& why) = 0;
  virtual Status release_holds(const Lead& lead, const model::SessionId& session) = 0;
  /// Writes down what the session's workspace wishes, for a portal to answer. Does nothing and says false
  /// where it may not wish any more, or not now.
  virtual Result<bool> hear_wish(const Lead& lead, const model::SessionId& session,
                                 const said::Wish& wish) = 0;
  /// When workspaces say they were last used, each as far as it may be heard: of what runs, and not too
  /// often. No event, nobody is woken.
  virtual Status hear_activity(const Lead& lead, const std::vector<planning::NewActivity>& said) = 0;
  /// How busy devices are, likewise. Namespaces without a session that is up are passed over.
  virtual Status hear_device_use(const Lead& lead, const std::vector<DeviceSample>& samples) = 0;
  /// The session's home is to outlive it: the id of its row, made or found. Nothing where it is not to be
  /// kept, or is another's.
  virtual Result<std::optional<std::string>> keep_home(const Lead& lead, const model::SessionId& session,
                                                       const FoundHome& home) = 0;
  /// The session goes on without the home it was given, which is kept as before. False: it has it no more.
  virtual Result<bool> leave_home(const Lead& lead, const model::SessionId& session,
                                  const std::string& home) = 0;
  /// No session gets it from now on. False: it is a session's, or its time has not come.
  virtual Result<bool> let_home_go(const Lead& lead, const std::string& home) = 0;
  /// Its volume is gone.
  virtual Status close_home(const Lead& lead, const std::string& home) = 0;
  /// The ids of those that have a volume, of any cluster.
  virtual Result<std::set<std::string>> homes() = 0;
  /// Units that the cluster does not offer, each a hold of nobody's: from now on, and until now. One that is
  /// as wanted already is left alone.
  virtual Status keep_outages(const Lead& lead, const planning::KeepOutages& outages) = 0;

  /// How far an ordered layout is, before anything is done for it. kConflict (slug "layout_order_over") when
  /// it was dropped or replaced meanwhile: nothing is written then, and nothing may be done.
  virtual Status keep_layout(const Lead& lead, const planning::KeepLayout& keep) = 0;

  /// What whoever asked for a kubeconfig finds. Does nothing where it is answered or asked no more.
  virtual Status answer_kubeconfig(const Lead& lead, const std::string& request,
                                   const std::vector<std::byte>& sealed) = 0;
  virtual Status drop_kubeconfig(const Lead& lead, const std::string& request) = 0;

  /// Which of these namespace names are sessions', live or Gone; with none given, all live ones. Of any
  /// cluster: a reconciler that was pointed at the wrong one must not take its sessions for nobody's.
  virtual Result<NamespaceRows> namespaces(const std::vector<std::string>& names) = 0;
  virtual Status report_finding(const Lead& lead, const planning::ReportFinding& finding) = 0;
  virtual Status resolve_finding(const Lead& lead, const planning::ResolveFinding& finding) = 0;

  virtual Status beat(const Lead& lead, const Heartbeat& heartbeat) = 0;
  /// What the last heartbeat of the cluster says of starts; empty: nothing, or there was none.
  virtual Result<std::string> starts_wait(const std::string& cluster) = 0;
  /// Expired credentials and old events go, audit partitions are made ahead and dropped when expired.
  virtual Status maintain(const Lead& lead) = 0;
};

std::unique_ptr<ControlRows> open_control_rows(pg::Settings settings, Log log);

}  // namespace berth::store
