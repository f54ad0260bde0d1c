// Kubernetes objects as values: what they are made from, what apps are, and the objects that a whole cluster
// shares. The objects of each start step lie with the step (planning/steps). OpenShift and plain Kubernetes
// differ in flavour.cpp alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "entry/access_list.hpp"
#include "kubeschema/resource.hpp"
#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"

namespace berth::manifests {

inline constexpr std::string_view kFieldManager = "berth";
/// Of the namespace of every session.
inline constexpr std::string_view kNamespacePrefix = "berth-s-";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";  // = "berth"
inline constexpr std::string_view kInstallationLabel = "berth.dev/installation";
inline constexpr std::string_view kReservationLabel = "berth.dev/reservation";
inline constexpr std::string_view kSessionLabel = "berth.dev/session";
/// On a session's namespace: when its row was written, by the database's clock. A database whose sessions are
/// all older has lost some.
inline constexpr std::string_view kBegunAnnotation = "berth.dev/begun";
/// On the volume of a home that is kept: the row's id.
inline constexpr std::string_view kHomeLabel = "berth.dev/home";
inline constexpr std::string_view kGuardLabel = "berth.dev/guard";  // = "true" on guard objects

/// One object as Berth wants it: `body` is what is applied, with apiVersion, kind and metadata.
struct Object {
  kubeschema::Resource kind;
  std::string namespace_name;  // empty for cluster-scoped objects
  std::string name;
  json::object body;
  /// Its uid is what counts: where it differs it is taken away and made anew, never changed.
  bool renewed = false;
};

/// What of the cluster shapes the objects and nobody declares: read by observation.
struct ClusterFacts {
  std::vector<std::string> gpu_resource_names;  // every nvidia.com/* name that any node advertises
  std::string mutating_policy_version;          // "v1", "v1beta1", or "" where the cluster serves none
  bool several_nodes = false;                   // then pods are held to the reservation's node
  /// The label kubernetes.io/hostname of the nodes where it is not the node's name.
  std::map<std::string, std::string> hostnames{};
};

struct App;
struct SessionSpec;

/// When an app answers, by its pods.
enum class Readiness {
  kOnePod,    // one of them is Ready
  kEveryPod,  // there is one, and all of them are
};

/// How apps of one kind are run, told to answer, and reached.
struct AppKind {
  std::string_view word;  // "workspace"
  /// What runs it. Its pods carry the session's labels, and its name under kNameLabel.
  std::vector<Object> (*objects)(const SessionSpec& spec, const App& app);
  Readiness readiness;
  /// What it is reached by, the Service and what publishes it, and the published address.
  std::vector<Object> (*endpoint_objects)(const SessionSpec& spec, const App& app);
  std::string (*url)(const SessionSpec& spec, const App& app);
};
/// VS Code and JupyterLab behind one port, in a Deployment of one pod.
extern const AppKind kWorkspaceKind;

/// Something with an endpoint in a session.
struct App {
  std::string name;  // of its pods and of its endpoint; no two of a session share one
  const AppKind* kind = &kWorkspaceKind;
  bool operator==(const App&) const = default;
};
/// The app that every session has.
App workspace_app();

/// A session and all that its objects are made from. References outlive the call only.
struct SessionSpec {
  std::string installation;  // UUID
  model::Session session;
  model::Reservation reservation;
  model::DeviceClass device_class;
  model::Node node;
  std::vector<model::Unit> units;
  model::Cluster cluster;
  std::string time_zone;                      // the pool's, for people
  std::string owner_email;                    // an annotation for people; never trusted
  std::vector<entry::Person> may_enter{};     // its workspace
  std::vector<entry::PublicKey> gate_keys{};  // that its gate looks at tickets with
  ClusterFacts facts;
  /// Where the cluster declares no storage class: the one that the session's own claims were given.
  std::string default_storage_class{};
  std::vector<App> apps{workspace_app()};
  std::optional<Gib> home_size{};  // of a home that was kept; nothing: as large as the class says
  int home_kept_days = 0;          // after the session's end; 0: its files go with it
  bool home_waits = false;         // ... which is not handed on yet, so there is no claim for it
  /// Of the namespace that the home's files were written in: what the cluster gave it of user ids and labels.
  std::map<std::string, std::string> identity{};
  std::string answer{};  // to the last wish of its workspace, as it is told there; empty: there is none
};

/// What the tokens of kubeconfigs hang on: an empty Secret. It is another one, and those tokens are none any
/// more, when the session's owner is another, may not enter any more, or has ended all ways in.
Object kubeconfig_guard(const SessionSpec& spec);

/// Installed once per cluster, shared by every installation there: berth-session-admin, the admission
/// policies and their bindings, as deploy/ has them. Same name and content whoever applies them.
std::vector<Object> cluster_objects(const ClusterFacts& cluster);

/// True for those of them without which a tenant is not held back or has no rights: no session starts while
/// the cluster lacks one. The mutating policies only save a tenant from saying what the others demand.
bool fences(const Object& object);

/// What of a policy or a binding says whom it holds back and whether it does: their words to people, labels
/// and what `wanted` has nothing of in its lists of rules are left out, since a rule more only refuses more.
/// Of `wanted` itself or of what the cluster keeps in its place.
json::value fencing_part(const json::value& wanted, const json::value& object);

/// True when `kept`, which is there in the place of `wanted`, holds a tenant back in every case in which that
/// would. Strict: a rule that is worded otherwise counts as none. Always true of what refuses nothing itself.
bool still_fences(const Object& wanted, const json::value& kept);

/// The published address of the workspace: "https://x7f3....apps.example:8443/".
std::string workspace_url(const SessionSpec& spec);

/// Under which a pod says of which app it is.
inline constexpr std::string_view kNameLabel = "app.kubernetes.io/name";

/// True when every field that Berth wants is in `actual` with the wanted value, by the rules of server-side
/// apply: maps by key, lists of named items by their key, other lists and selectors whole. What others added
/// does not count, unless it lies inside such a whole. Quantities compare by amount ("1" = "1000m"); what is
/// empty may be missing; a long text may have what is kept of it (long_value.hpp) in its place. `actual` may
/// come from a list, whose items have no apiVersion and kind.
bool matches(const json::value& wanted, const json::value& actual);

/// The body of a policy or its binding with a null for each field by which others could narrow it and of
/// which it says nothing, which a merge patch takes away; any other body as it is.
json::object with_nothing_narrowed(json::object wanted);

/// The kinds of which Berth makes objects, for lists and watches; routes only on OpenShift, ingresses
/// elsewhere.
std::vector<kubeschema::Resource> session_kinds(model::Flavour flavour);

/// The names that a session's objects of this kind can have; empty where any name is watched. A watch for
/// each name alone needs no right to see the others: other people's Secrets and ConfigMaps are none of
/// Berth's business.
std::vector<std::string_view> only_names_of(const kubeschema::Resource& kind);

}  // namespace berth::manifests
