// The reconcile decision: rows and what was seen in the cluster in, an ordered list of actions out. Pure: no
// clock, no chance, no I/O. Each action says why; executing it needs no judgement.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "entry/access_list.hpp"
#include "entry/sealed.hpp"
#include "manifests/manifests.hpp"
#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"
#include "model/waiting.hpp"
#include "said/activity.hpp"
#include "said/said.hpp"

namespace berth::planning {

// --- What the database says ---

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
  std::optional<Instant> next_edge;              // the next start or end after now
  bool operator==(const Desired&) const = default;
};

// --- What the cluster says ---

struct ObservedKey {
  std::string plural;
  std::string namespace_name;
  std::string name;
  auto operator<=>(const ObservedKey&) const = default;
};

/// What planning needs of a pod, whoever made it.
struct PodSeen {
  std::string namespace_name;
  std::string name;
  std::string node;       // empty while unscheduled
  bool finished = false;  // Succeeded or Failed
  bool deleting = false;
  bool running = false;  // its containers have started
  bool ready = false;
  std::string app;                           // of a session, by its labels; empty: of none
  std::map<std::string, std::int64_t> gpus;  // resource name -> count over its containers
  std::string trouble;                       // a plain sentence when it cannot run: image, scheduling, crash
  std::string raw_trouble;                   // the cluster's own words, for the folded detail
  bool retried = false;                      // the cluster itself tries again what `trouble` speaks of
  bool between_tries = false;                // ... and waits before the next one, its last words were of that
};

struct Away {
  Instant from;
  Instant until;
};

/// A snapshot of the watch-fed cache. Shared values, never changed in place.
struct Observed {
  std::map<ObservedKey, std::shared_ptr<const json::value>> objects;  // labelled with our installation
  /// What is written under the keys that workspaces wish by and say by when they were used, by namespace:
  /// outside bytes, few of them.
  std::map<std::string, std::string> said{};
  std::map<std::string, std::string> used{};
  std::vector<PodSeen> pods;  // that use a GPU or belong to a session
  std::map<std::string, std::map<std::string, std::int64_t>>
      node_gpus;                      // kubernetes name -> allocatable nvidia.com/*, of those that are Ready
  std::map<std::string, bool> nodes;  // kubernetes name -> whether it is Ready
  manifests::ClusterFacts facts;
  /// Volumes of kept homes are among `objects`. False while they are not heard: one that is not seen may be
  /// there.
  bool volumes_heard = true;
  /// Which kinds' watches have failed for so long that what is shown of them may be long past, and why; empty
  /// when all are heard.
  std::string watch_trouble;
  Duration unheard_for{0};  // the longest of them
  /// When the whole cluster did not answer, the last time.
  std::optional<Away> away;
  /// Why the last cycle brought nothing up though it was planned, a sentence; empty where it did.
  std::string starts_wait;

  const json::value* find(const ObservedKey& key) const;
};

// --- What to do ---

/// Insert a session row with fresh random names, the reservation becomes ACTIVE.
struct BeginSession {
  model::ReservationId reservation;
  int attempt = 1;
  std::string apps_domain;  // its host lies under it
  std::string reason;
};
/// A reservation that has no session ends: FAILED when it never began, COMPLETED when its window ran out (or
/// its owner ended it) between two sessions.
struct CloseReservation {
  model::ReservationId reservation;
  bool failed = false;
  std::string reason;
};
/// Create the namespace; a foreign one of the same name is an error, never adopted.
struct MakeNamespace {
  manifests::Object object;
};
/// Server-side apply, in a step that counts its tries.
struct ApplyObject {
  manifests::Object object;
};
/// Server-side apply of what no step counts the tries of: one that the cluster keeps otherwise waits by
/// itself.
struct PutBack {
  manifests::Object object;
};
/// Take away what is there and is another, and make it (manifests::Object::renewed).
struct Renew {
  manifests::Object object;
};
/// Write down how a step stands.
struct RecordStep {
  model::StepName step;
  model::StepState state = model::StepState::kRunning;
  std::string detail;
  bool retried = false;        // as PodSeen has it: whoever records counts tries and tells the next one
  bool between_tries = false;  // no new try, only other words
};
struct PublishEndpoints {
  std::vector<model::Endpoint> endpoints;
};
/// On what a phase is set, looked at again when it is written.
enum class OnlyIf {
  kAnyway,
  kNamespaceGone,    // the API itself says so: a watch that lags is no reason to end anything
  kReservationOver,  // an extension may have been committed after the rows were read
};
struct SetPhase {
  model::SessionPhase phase;
  std::string reason = {};
  bool failed = false;
  OnlyIf only_if = OnlyIf::kAnyway;
};
struct DeleteNamespace {
  std::string name;
  std::string uid;
};
/// The reservation's claims on `from` become claims on `to`, one by one, for its whole window.
struct MoveUnits {
  std::vector<model::UnitId> from;
  std::vector<model::UnitId> to;
  std::string reason;
};
struct AddHold {
  model::UnitId unit;
  std::string why;
};
struct ReleaseHolds {};
/// Write down what its workspace wishes, for a portal to decide. Done once for each wish.
struct HearWish {
  said::Wish wish;
};
/// The volume of the session's home is to outlive it: a row for it, then its mark and that it is retained.
/// Nothing is done where it is not the one that was made for that very claim.
struct KeepHome {
  std::string volume;
  std::string claim_uid;
  std::string node{};  // of the session, by its name in the cluster
  std::map<std::string, std::string> identity{};
};
/// The kept volume becomes the one that a claim `home` of the session's namespace is bound to.
struct HandHome {
  std::string home;
  std::string volume;
};
/// The session goes on without: with an empty home, and a finding says why.
struct LeaveHome {
  std::string home;
  std::string volume;
  std::string why;
  /// The volume is not there any more, which the API itself has to say.
  bool lost = false;
};
/// The session is Gone, once the cluster confirms that the namespace is: claims are cut at that instant; the
/// reservation becomes COMPLETED or FAILED, or stays ACTIVE to be given another session. Where others hold up
/// the namespace's end, the cluster has to confirm that it is on its way out and that nothing runs in it.
struct FinishSession {
  enum class Outcome { kCompleted, kFailed, kAgain } outcome = Outcome::kCompleted;
  std::string reason;
  enum class Namespace { kGone, kHeldUp } its_namespace = Namespace::kGone;
};

using SessionEffect = std::variant<MakeNamespace, ApplyObject, PutBack, Renew, RecordStep, PublishEndpoints,
                                   SetPhase, DeleteNamespace, MoveUnits, AddHold, ReleaseHolds, HearWish,
                                   KeepHome, HandHome, LeaveHome, FinishSession>;
struct Effect {
  SessionEffect what;
  std::optional<model::StepName> step = {};  // that a failure counts against
};

/// Whether an effect that failed keeps those after it from being done, until the next cycle.
enum class OnFailure { kStop, kGoOn };
/// What must not run ahead of the policies of the whole cluster: what brings a session up. Ends and repairs
/// go on without, they only take away or fence.
enum class Stage { kAnyTime, kBringsUp };

/// The work on one session: done in order. Independent of other sessions'.
struct SessionWork {
  model::SessionId session;
  std::string namespace_name;
  std::vector<model::Step> steps;  // as they are stored
  std::vector<Effect> effects;
  std::string reason;
  Stage stage = Stage::kAnyTime;
  OnFailure on_failure = OnFailure::kStop;
};

struct ReportFinding {
  std::string kind;
  std::string object;
  std::string detail;
  std::string planned_action;
};
struct ResolveFinding {
  std::string kind;
  std::string object;
};

/// So long a node is away, or devices are missing, before that reaches the calendar: a kubelet or a device
/// plugin that starts anew takes some seconds, and Kubernetes itself waits 40 to 50 s for a node that is
/// silent before it calls it not Ready. So long too a session waits for a device before the pods that hold it
/// are told.
inline constexpr seconds kOutageGrace{60};

/// A unit that its node does not offer is out of service for as long as that is so, without anybody's having
/// taken it out; told at once, out after kOutageGrace.
struct KeepOutages {
  struct Outage {
    model::UnitId unit;
    std::string why;
  };
  std::vector<Outage> begin;
  std::vector<model::UnitId> end;
  std::vector<ReportFinding> report;
  std::vector<ResolveFinding> resolve;
};

/// A token of the session's account, good until its reservation ends, sealed for whoever asked. Nothing of it
/// is known here.
struct AnswerKubeconfig {
  std::string request;
  entry::SealPublicKey key{};
  std::string namespace_name;
  std::string account;
  seconds lifetime{0};
  std::string api_url;        // empty: the one that the reconciler uses
  std::string api_authority;  // as model::Cluster has it
  /// The token hangs on this object: without it as it is here there is none.
  manifests::Object guard;
};
struct DropKubeconfig {
  std::string request;
  std::string reason;
};
/// What the API takes at least for a token. One of a session that ends before is told to be good until then;
/// the session's end takes its account, and with it the token.
inline constexpr seconds kShortestToken{600};

/// A kept home that is no session's goes: first no session may get it any more, then its volume is the
/// provisioner's to delete, and when that is gone (the API itself says so) the row is closed.
struct RemoveHome {
  std::string home;
  std::string volume;
  enum class Stage {
    kLetGo,  // all of it, from the row on
    kDrop,   // the volume
    kClose,  // the row
    kLost    // the row of one that was not to go yet: others deleted its volume
  } stage = Stage::kLetGo;
};

using Action = std::variant<CloseReservation, BeginSession, SessionWork, KeepOutages, AnswerKubeconfig,
                            DropKubeconfig, RemoveHome>;
Stage stage_of(const Action& action);

/// A session, or a reservation that should have one, for which nothing is to be done now.
struct NotActed {
  model::ReservationId reservation;
  std::string namespace_name;  // empty: it has no session
  model::Waiting why;
};

/// What a session's workspace says of when it was last used, to be written down: no state, so no action, and
/// nothing follows from it.
struct NewActivity {
  model::SessionId session;
  said::Activity what;
  bool operator==(const NewActivity&) const = default;
};

struct Plan {
  Instant now;  // the database's, of the rows that it was made from
  /// Cluster-wide objects, which fence sessions and must be there before any.
  std::vector<PutBack> fences;
  /// In the order of a cycle: stop what ended, repair what drifted, start what is due.
  std::vector<Action> actions;
  std::vector<OpenFinding> findings;  // open ones, for those that are reported while it is carried out
  std::vector<NotActed> idle;         // every session and due reservation that no action is about
  std::vector<NewActivity> activity{};

  /// None when all is as it should be.
  std::size_t things_to_do() const { return fences.size() + actions.size(); }
};

/// While a watch is not heard nothing is started on a picture that may be past; ends and repairs go on.
Plan plan(const Desired& desired, const Observed& observed);

/// A session's workspace is heard so often, and a wish that nobody answered for so long stands in no other's
/// way. The database holds both to be so too (berth.hear_wish).
inline constexpr seconds kBetweenWishes{5};
inline constexpr seconds kWishWaits{60};
/// No wish is for a time further off: nobody books so far.
inline constexpr hours kFurthestWish{366 * 24};
/// Nor is heard more often when it was used (berth.hear_activity).
inline constexpr seconds kBetweenHeard{30};

/// The whole GiB in a volume's size as Kubernetes writes it; nothing where there is none.
std::optional<Gib> whole_gib(std::string_view quantity);

/// So long a start waits for the files that were kept; then it goes on without them.
inline constexpr seconds kHomePatience{60};

/// When the first wish that waits for its turn has it; nothing where none does.
std::optional<Instant> next_wish(const Desired& desired, const Observed& observed);

/// A line for people: "stop session berth-s-…: the reservation ended at …".
std::string describe(const Action& action);
std::string describe(const PutBack& fence);
/// "session berth-s-…: nothing to do: step "limits" …, until …"
std::string describe(const NotActed& idle);

/// The wait before try number `tries` + 1 of a step: 1 s doubling to 60 s.
seconds retry_delay(int tries);

/// The wait before try number `tries` + 1 of what the cluster's nodes try by themselves (image pulls,
/// restarts): 10 s doubling to 300 s. Source: the kubelet's documented back-off; its own clock is not
/// published, so this is when a try is due at the latest, not a promise.
seconds cluster_retry_delay(int tries);

/// At most this many sessions for one reservation; then it is FAILED.
inline constexpr int kMaxAttempts = 5;

// --- The sweep: what cascades miss ---

struct NamespaceSeen {
  std::string name;
  std::string uid;
  std::string installation;  // the label's value; empty: managed by berth, but by no known installation
  bool terminating = false;
  std::string held_up{};           // by what its end is held up, a sentence; empty: by nothing that is known
  std::optional<Instant> begun{};  // when its session's row was written; nothing where it does not say
  std::optional<Instant> ending_since{};
  std::vector<std::string> holders{};  // objects that are being deleted and have finalizers, in words
};
/// A cluster-wide grant to a ServiceAccount: a ClusterRoleBinding's subject or an SCC's user.
struct GrantSeen {
  kubeschema::Resource kind;
  std::string name;
  std::string namespace_name;  // of the ServiceAccount
  std::string account;
  bool only_subject = false;
};
/// A node and the addresses that it says are its pods' and its own.
struct NodeSeen {
  std::string name;
  std::vector<std::string> pod_ranges;
  std::vector<std::string> addresses;
};
/// A volume that carries our installation's id.
struct VolumeSeen {
  std::string name;
  std::string home;  // that it says it is
};
struct SweepInput {
  std::string installation;
  std::vector<NamespaceSeen> namespaces;  // labelled managed-by berth
  std::set<std::string> live_namespaces;  // of sessions that are not Gone, of any cluster
  /// The newest session that the database knew of when this reconciler began to lead; nothing: it knew none.
  std::optional<Instant> newest_session;
  std::set<std::string>
      gone_namespaces;  // of sessions that are Gone, among those listed and those grants name
  std::vector<GrantSeen> grants;
  std::vector<OpenFinding> open_findings;
  std::vector<Unreadable> unreadable;
  std::vector<NodeSeen> nodes;
  std::vector<VolumeSeen> volumes{};
  std::set<std::string> homes{};  // ids of those that have a row
  /// As declared; nothing while no session or due reservation is there to be fenced by it.
  std::optional<model::Cluster> cluster;
  Instant now{};
};

/// From when on a namespace that is ending is told of, though it does not say what holds it up: longer than
/// any pod's grace, and than the controllers of a healthy cluster take.
inline constexpr seconds kLongEnding{300};

struct RemoveNamespace {
  std::string name;
  std::string uid;
  std::string reason;
};
struct RemoveGrant {
  GrantSeen grant;
  std::string reason;
};
using SweepAction = std::variant<RemoveNamespace, RemoveGrant, ReportFinding, ResolveFinding>;

std::vector<SweepAction> plan_sweep(const SweepInput& input);

/// Whether a sweep would say something else of rows that cannot be read than the open findings do.
bool tells_news_of_rows(const Desired& desired);

}  // namespace berth::planning
