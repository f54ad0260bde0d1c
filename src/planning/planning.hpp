// The reconcile decision: rows and what was seen in the cluster in, an ordered list of actions out. Pure: no
// clock, no chance, no I/O. Each action says why; executing it needs no judgement.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "planning/desired.hpp"
#include "planning/effects.hpp"
#include "planning/observed.hpp"

namespace berth::planning {

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
/// So long at most a session is not begun because its owner's session before it, whose files it takes over,
/// is still being taken away; and no longer than half of what it has to start.
inline constexpr seconds kFilesPatience{180};

/// When the first wish that waits for its turn has it; nothing where none does.
std::optional<Instant> next_wish(const Desired& desired, const Observed& observed);
/// When what nodes do not offer has lasted long enough to reach the calendar; nothing where nothing waits.
std::optional<Instant> next_outage(const Desired& desired);
/// When the next layout is due, or what one waits for is late; nothing where none is.
std::optional<Instant> next_layout(const Desired& desired);

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
