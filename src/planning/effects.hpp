// What a plan consists of: actions and the single effects of each, as values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planning/desired.hpp"
#include "planning/observed.hpp"

namespace berth::planning {

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

/// So long a node is away, or what it offers is not what was declared, before that reaches the calendar: a
/// kubelet or a device plugin that starts anew takes some seconds, and Kubernetes itself waits 40 to 50 s for
/// a node that is silent before it calls it not Ready. It leaves a quarter of the minute within which
/// calendar and owners have to know.
inline constexpr seconds kOutageGrace{45};
/// So long a session waits for a device before the pods that hold it are told.
inline constexpr seconds kHeldDeviceGrace{60};

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

/// One step towards the layout that was ordered for a node: first what is written down, then what is done.
struct KeepLayout {
  std::string node;        // kubernetes name
  std::int64_t order = 0;  // 0: nothing is to be written of any
  LayoutProgress progress{};
  bool takes_force = false;  // the node has it from now on
  bool retries = false;      // that another try was asked for is done with
  std::vector<std::int64_t> replaced{};
  std::optional<std::string> label{};  // that the node is given then
  std::vector<ReportFinding> report{};
  std::vector<ResolveFinding> resolve{};
};

using Action = std::variant<CloseReservation, BeginSession, SessionWork, KeepOutages, AnswerKubeconfig,
                            DropKubeconfig, RemoveHome, KeepLayout>;
Stage stage_of(const Action& action);

}  // namespace berth::planning
