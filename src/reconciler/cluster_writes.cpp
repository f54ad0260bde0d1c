#include "reconciler/cluster_writes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "manifests/names_and_labels.hpp"
#include "reconciler/difference.hpp"
#include "reconciler/pod_digest.hpp"
#include "reconciler/rewritten.hpp"

namespace berth::reconciler {
namespace {

kube::ObjectRef ref_to(const manifests::Object& object) {
  return {object.kind, object.namespace_name, object.name};
}

planning::ObservedKey key_of(const manifests::Object& object) {
  return {object.kind.plural, object.namespace_name, object.name};
}

kube::ApplyOptions apply_options() {
  return {.field_manager = std::string(manifests::kFieldManager),
          .force = true,
          .dry_run = false,
          .subresource = ""};
}

/// A cluster's proxy may have its password in its URL, which lies in a ConfigMap.
bool holds_secrets(const kubeschema::Resource& kind) {
  return kind.group.empty() && (kind.plural == "secrets" || kind.plural == "configmaps");
}

/// The API said something itself; nothing is known of what is there where only the network failed.
bool was_answered(const Error& error) {
  return !error.slug.empty() && error.slug != kube::kMayNotWriteSlug && !kube::is_stopped(error);
}

/// Calls end sooner for as long as it lives.
class Hurried {
 public:
  Hurried(kube::Client& client, std::chrono::milliseconds deadline)
      : client_(client), before_(client.set_call_deadline(deadline)) {}
  ~Hurried() { client_.set_call_deadline(before_); }
  Hurried(const Hurried&) = delete;
  Hurried& operator=(const Hurried&) = delete;

 private:
  kube::Client& client_;
  std::chrono::milliseconds before_;
};

/// Whoever waits for a kubeconfig does so for 15 s, and the rest of a cycle waits with them.
constexpr std::chrono::seconds kAccessDeadline{5};

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";

/// "system:serviceaccount:<namespace>:<name>" in its two parts; false for any other user.
bool split_account(std::string_view user, std::string& space, std::string& account) {
  if (!user.starts_with(kAccountPrefix)) return false;
  user.remove_prefix(kAccountPrefix.size());
  const auto colon = user.find(':');
  if (colon == std::string_view::npos) return false;
  space = user.substr(0, colon);
  account = user.substr(colon + 1);
  return true;
}

bool names_account(const json::value& subject, const planning::GrantSeen& grant) {
  return string_at(subject, {"kind"}) == "ServiceAccount" &&
         string_at(subject, {"namespace"}) == grant.namespace_name &&
         string_at(subject, {"name"}) == grant.account;
}

bool is_of(const json::value& space, const std::string& installation, const std::string& session) {
  return kube::label_of(space, manifests::kInstallationLabel) == installation &&
         kube::label_of(space, manifests::kSessionLabel) == session;
}

planning::NodeSeen seen_node(const json::value& node) {
  planning::NodeSeen seen{kube::name_of(node), {}, {}};
  if (const auto* ranges = find(node, {"spec", "podCIDRs"}); ranges != nullptr && ranges->is_array()) {
    for (const auto& range : ranges->get_array()) {
      if (range.is_string()) seen.pod_ranges.emplace_back(range.get_string());
    }
  }
  if (const auto* all = find(node, {"status", "addresses"}); all != nullptr && all->is_array()) {
    for (const auto& address : all->get_array()) {
      if (string_at(address, {"type"}) == "InternalIP")
        seen.addresses.push_back(string_at(address, {"address"}));
    }
  }
  return seen;
}

/// The name is random and in no other row: one that names another session or installation is somebody
/// else's, and one that names nobody any more is still ours when it says when its session began.
bool was_made_for(const json::value& space, const std::string& installation, const std::string& session) {
  const auto ours = kube::label_of(space, manifests::kInstallationLabel);
  const auto whose = kube::label_of(space, manifests::kSessionLabel);
  if (ours.value_or(installation) != installation || whose.value_or(session) != session) return false;
  return ours || whose || find(space, {"metadata", "annotations", manifests::kBegunAnnotation}) != nullptr;
}

/// Objects that a namespace's end names, each with what keeps it: "configmaps keep (example.com/hold)".
constexpr std::size_t kMostHolders = 5;

/// Adds those of one kind that are held by finalizers, up to kMostHolders. What may not be read is left out.
void add_holders(std::vector<std::string>& objects, kube::Client& client, const kube::Resource& resource,
                 const std::string& space) {
  const auto listed = client.list(resource, {.ns = space, .metadata_only = true});
  if (!listed) return;
  for (const auto& item : listed->items) {
    const auto* finalizers = find(item, {"metadata", "finalizers"});
    const auto* list = finalizers == nullptr ? nullptr : finalizers->if_array();
    if (list == nullptr || list->empty() || objects.size() == kMostHolders) continue;
    std::vector<std::string> names;
    for (const auto& one : *list) names.push_back(one.is_string() ? std::string(one.get_string()) : "");
    objects.push_back(
        fmt::format("{} {} (finalizer {})", resource.plural, kube::name_of(item), fmt::join(names, ", ")));
  }
}

/// Of the kinds in "Some resources are remaining: configmaps. has 1 resource instances, ...". Where they may
/// not be read the namespace's words name kind and finalizer all the same.
std::vector<std::string> objects_with_finalizers(kube::Client& client, const kube::Discovery& discovery,
                                                 const std::string& space, std::string_view message) {
  std::vector<std::string> objects;
  message.remove_prefix(std::min(message.size(), message.find(": ") + 2));
  while (!message.empty() && objects.size() < kMostHolders) {
    const auto part = message.substr(0, message.find(", "));
    message.remove_prefix(std::min(message.size(), part.size() + 2));
    const auto kind = part.substr(0, part.find(' '));
    const auto dot = kind.find('.');
    if (dot == std::string_view::npos) continue;
    const auto resource = discovery.find(kind.substr(dot + 1), kind.substr(0, dot));
    if (resource) add_holders(objects, client, *resource, space);
  }
  return objects;
}

/// A namespace that has pods says nothing: they go before all else, and until then it looks at nothing.
std::vector<std::string> held_pods(kube::Client& client, const json::value& space) {
  std::vector<std::string> pods;
  if (kube::is_deleting(space)) add_holders(pods, client, kube::resources::pods(), kube::name_of(space));
  return pods;
}

std::optional<Instant> parsed_time(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<Instant> begun_at(const json::value& space) {
  return parsed_time(string_at(space, {"metadata", "annotations", manifests::kBegunAnnotation}));
}

}  // namespace

ClusterWrites::ClusterWrites(kube::Client client, Observer& observer, std::string installation,
                             kube::Endpoint endpoint)
    : client_(std::move(client)),
      observer_(observer),
      installation_(std::move(installation)),
      endpoint_(std::move(endpoint)) {}

Result<entry::KubeAccess> ClusterWrites::make_access(const planning::AnswerKubeconfig& answer) {
  auto authority = authority_of(answer);
  if (!authority) return fail(authority.error());
  const Hurried hurried(client_, kAccessDeadline);
  // By the API itself: a token that hangs on what is replaced next would be none at once, and one that hangs
  // on nothing would outlive everything but the session.
  const auto guard = client_.get(ref_to(answer.guard));
  if (!guard) return fail(guard.error());
  if (!manifests::matches(answer.guard.body, *guard)) {
    return fail(Code::kConflict,
                fmt::format("{} is not as it is wanted yet", kube::describe(ref_to(answer.guard))));
  }
  auto token = client_.make_token(
      {kube::resources::service_accounts(), answer.namespace_name, answer.account},
      {.lifetime = answer.lifetime,
       .bound_to = kube::ObjectIdentity{
           .kind = answer.guard.kind, .name = answer.guard.name, .uid = kube::uid_of(*guard)}});
  if (!token) return fail(token.error());
  return entry::KubeAccess{.token = std::move(token->token),
                           .expires = token->expires,
                           .server = answer.api_url.empty() ? endpoint_.server : answer.api_url,
                           .authority = std::move(*authority)};
}

Result<std::string> ClusterWrites::authority_of(const planning::AnswerKubeconfig& answer) const {
  if (answer.api_authority == model::kSystemAuthority) return std::string();
  if (!answer.api_authority.empty()) return answer.api_authority;
  auto own = kube::read_pem(endpoint_.authority, entry::kMaxAuthorityBytes);
  if (!own) return fail(within("read what the API server's certificate is held against", own.error()));
  return own;
}

Status ClusterWrites::make_namespace(const manifests::Object& object) {
  const auto seen_before = observer_.version_seen(key_of(object));
  auto made = client_.create(object.kind, "", object.body,
                             {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
  if (made) {
    observer_.note_written(object.kind, *made, seen_before);
    return {};
  }
  if (made.error().slug != "AlreadyExists") return fail(made.error());
  // Either a try of ours that was cut off after its effect, or somebody else's: never adopted.
  auto there = client_.get(ref_to(object));
  if (!there) return fail(there.error());
  const auto session = string_at(object.body, {"metadata", "labels", manifests::kSessionLabel});
  if (!is_of(*there, installation_, session)) {
    return fail(Code::kConflict,
                fmt::format("namespace {} is there already and is not this session's", object.name),
                "foreign_namespace");
  }
  observer_.note_written(object.kind, *there, seen_before);
  return {};
}

Status ClusterWrites::apply(const manifests::Object& object) {
  const auto seen_before = observer_.version_seen(key_of(object));
  auto applied = client_.apply(ref_to(object), object.body, apply_options());
  if (!applied) return fail(applied.error());
  observer_.note_written(object.kind, applied->object, seen_before);
  if (manifests::matches(object.body, applied->object)) return {};
  // Taken for done it would be sent again in every cycle: the drift check asks the same question.
  return fail(Code::kConflict,
              fmt::format("apply {}: the cluster keeps it otherwise than it was sent: {}",
                          kube::describe(ref_to(object)),
                          first_difference(object.body, applied->object, holds_secrets(object.kind))),
              std::string(kKeptOtherwise));
}

Status ClusterWrites::renew(const manifests::Object& object) {
  const auto seen_before = observer_.version_seen(key_of(object));
  auto there = client_.find(ref_to(object));
  if (!there) return fail(there.error());
  if (*there && manifests::matches(object.body, **there)) {
    observer_.note_written(object.kind, **there, seen_before);
    return {};
  }
  if (*there) {
    if (auto removed = client_.remove(ref_to(object), {.uid = kube::uid_of(**there)}); !removed)
      return fail(removed.error());
  }
  return apply(object);
}

Status ClusterWrites::apply_shared(const manifests::Object& object) {
  auto done = apply(object);
  if (done || !was_answered(done.error())) return done;
  if (done.error().code != Code::kForbidden) {
    done = replace_shared(object);
    if (done || !was_answered(done.error())) return done;
  }
  return judge_refused(object, done.error());
}

/// Lists go in whole, whatever others added to them; keys of maps were made so by the apply.
Status ClusterWrites::replace_shared(const manifests::Object& object) {
  const auto seen_before = observer_.version_seen(key_of(object));
  const auto patch = manifests::with_nothing_narrowed(object.body);
  auto written = client_.merge_patch(
      ref_to(object), patch, {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
  if (!written) return fail(written.error());
  observer_.note_written(object.kind, *written, seen_before);
  if (manifests::matches(object.body, *written)) return {};
  return fail(Code::kConflict, "the cluster keeps it otherwise than it was sent",
              std::string(kKeptOtherwise));
}

Status ClusterWrites::judge_refused(const manifests::Object& object, const Error& refusal) {
  const auto seen_before = observer_.version_seen(key_of(object));
  auto there = client_.find(ref_to(object));
  if (!there) return fail(there.error());
  if (!there->has_value()) return fail(Code::kForbidden, refusal.message, std::string(kSharedMissing));
  if (manifests::matches(object.body, **there)) {
    observer_.note_written(object.kind, **there, seen_before);  // the watch is yet to show it
    return {};
  }
  const bool may_not_write = refusal.code == Code::kForbidden;
  const auto wanted = manifests::with_nothing_narrowed(object.body);
  if (!manifests::still_fences(object, **there)) {
    return fail(
        Code::kForbidden,
        first_difference_and_whose(manifests::fencing_part(wanted, wanted),
                                   manifests::fencing_part(wanted, **there), manifests::kFieldManager),
        std::string(may_not_write ? kSharedOpen : kSharedKeptOpen));
  }
  return fail(Code::kForbidden, first_difference_and_whose(wanted, **there, manifests::kFieldManager),
              std::string(may_not_write ? kSharedDiffers : kSharedKept));
}

Status ClusterWrites::delete_namespace(const std::string& name, const std::string& uid) {
  const kube::ObjectRef ref{kube::resources::namespaces(), "", name};
  auto removed = client_.remove(ref, {.uid = uid,
                                      .resource_version = "",
                                      .propagation = kube::Propagation::kBackground,
                                      .grace_period_seconds = std::nullopt,
                                      .dry_run = false});
  if (!removed) return fail(removed.error());
  observer_.note_removed(ref.resource, "", name, *removed != kube::Removed::kPending);
  return {};
}

Result<ClusterWrites::Place> ClusterWrites::namespace_place(const std::string& name,
                                                            const model::SessionId& session) {
  const kube::ObjectRef ref{kube::resources::namespaces(), "", name};
  auto there = client_.find(ref);
  if (!there) return fail(there.error());
  if (!there->has_value() || !was_made_for(**there, installation_, session.value)) return Place::kGone;
  if (is_of(**there, installation_, session.value)) return Place::kThere;
  const json::value labels{{manifests::kManagedByLabel, "berth"},
                           {manifests::kInstallationLabel, installation_},
                           {manifests::kSessionLabel, session.value}};
  auto labelled =
      client_.merge_patch(ref, {{"metadata", {{"uid", kube::uid_of(**there)}, {"labels", labels}}}},
                          {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
  if (!labelled) return fail(labelled.error());
  observer_.note_written(ref.resource, *labelled, "");
  return Place::kReclaimed;
}

Result<bool> ClusterWrites::namespace_idle(const std::string& name, const model::SessionId& session) {
  auto there = client_.find({kube::resources::namespaces(), "", name});
  if (!there) return fail(there.error());
  if (!there->has_value() || !is_of(**there, installation_, session.value)) return true;
  if (!kube::is_deleting(**there)) return false;
  auto pods = client_.list(kube::resources::pods(), {.ns = name});
  if (!pods) return fail(pods.error());
  return std::ranges::all_of(pods->items, [](const json::value& pod) { return digest_pod(pod).finished; });
}

/// A sentence, by the namespace's own conditions and by what of it can be read; "" where nothing says so.
std::string ClusterWrites::why_held_up(const json::value& space, const kube::Discovery& discovery) {
  const auto* conditions = find(space, {"status", "conditions"});
  if (!kube::is_deleting(space) || conditions == nullptr || !conditions->is_array()) return {};
  std::string words;
  std::vector<std::string> objects;
  for (const auto& condition : conditions->get_array()) {
    if (string_at(condition, {"status"}) != "True") continue;
    const auto message = string_at(condition, {"message"});
    if (string_at(condition, {"type"}) == "NamespaceContentRemaining") {
      objects = objects_with_finalizers(client_, discovery, kube::name_of(space), message);
    } else {
      words += (words.empty() ? "" : " ") + message + (message.ends_with('.') ? "" : ".");
    }
  }
  if (words.empty()) return {};
  const auto named = objects.empty() ? std::string() : fmt::format(" Held by {}.", fmt::join(objects, ", "));
  return fmt::format("Its end is held up. {}{}", words, named);
}

Result<ClusterWrites::Lists> ClusterWrites::sweep_lists(const kube::Discovery& discovery) {
  Lists lists;
  auto spaces = client_.list(kube::resources::namespaces(),
                             {.ns = "",
                              .label_selector = fmt::format("{}=berth", manifests::kManagedByLabel),
                              .field_selector = "",
                              .metadata_only = false});
  if (!spaces) return fail(spaces.error());
  for (const auto& space : spaces->items) {
    lists.namespaces.push_back({kube::name_of(space), kube::uid_of(space),
                                kube::label_of(space, manifests::kInstallationLabel).value_or(""),
                                kube::is_deleting(space), why_held_up(space, discovery), begun_at(space),
                                parsed_time(string_at(space, {"metadata", "deletionTimestamp"})),
                                held_pods(client_, space)});
  }

  auto bindings = client_.list(kube::resources::cluster_role_bindings());
  if (!bindings) return fail(bindings.error());
  for (const auto& binding : bindings->items) {
    const auto* subjects = find(binding, {"subjects"});
    if (subjects == nullptr || !subjects->is_array()) continue;
    for (const auto& subject : subjects->get_array()) {
      if (string_at(subject, {"kind"}) != "ServiceAccount") continue;
      lists.grants.push_back({kube::resources::cluster_role_bindings(), kube::name_of(binding),
                              string_at(subject, {"namespace"}), string_at(subject, {"name"}),
                              subjects->get_array().size() == 1});
    }
  }

  auto nodes = client_.list(kube::resources::nodes());
  if (!nodes) return fail(nodes.error());
  for (const auto& node : nodes->items) lists.nodes.push_back(seen_node(node));

  // Without the right to look at volumes nothing is known of them, and nothing of them is told.
  if (const auto volumes =
          client_.list(manifests::kVolumes,
                       {.ns = "",
                        .label_selector = fmt::format("{}={}", manifests::kInstallationLabel, installation_),
                        .field_selector = "",
                        .metadata_only = true})) {
    for (const auto& volume : volumes->items)
      lists.volumes.push_back(
          {kube::name_of(volume), kube::label_of(volume, manifests::kHomeLabel).value_or("")});
  }

  const auto constraints = kube::resources::security_context_constraints();
  if (!discovery.serves(constraints)) return lists;
  auto listed = client_.list(constraints);
  if (!listed) return fail(listed.error());
  for (const auto& constraint : listed->items) {
    const auto* users = find(constraint, {"users"});
    if (users == nullptr || !users->is_array()) continue;
    for (const auto& user : users->get_array()) {
      planning::GrantSeen grant{constraints, kube::name_of(constraint), "", "", false};
      if (user.is_string() && split_account(user.get_string(), grant.namespace_name, grant.account)) {
        lists.grants.push_back(std::move(grant));
      }
    }
  }
  return lists;
}

Status ClusterWrites::remove_grant(const planning::GrantSeen& grant) {
  const kube::ObjectRef ref{grant.kind, "", grant.name};
  auto there = client_.find(ref);
  if (!there) return fail(there.error());
  if (!there->has_value()) return {};
  // Read, take one entry out, put back on the condition that nobody wrote meanwhile: a shared list is never
  // applied.
  auto& object = (*there)->as_object();
  const bool binding = grant.kind.plural == "clusterrolebindings";
  auto* list = object.if_contains(binding ? "subjects" : "users");
  if (list == nullptr || !list->is_array()) return {};
  json::array kept;
  for (const auto& entry : list->get_array()) {
    std::string space;
    std::string account;
    const bool names_it = binding ? names_account(entry, grant)
                                  : entry.is_string() && split_account(entry.get_string(), space, account) &&
                                        space == grant.namespace_name && account == grant.account;
    if (!names_it) kept.push_back(entry);
  }
  if (kept.size() == list->get_array().size()) return {};
  if (binding && kept.empty()) {
    auto removed = client_.remove(ref, {.uid = kube::uid_of(**there),
                                        .resource_version = kube::resource_version_of(**there),
                                        .propagation = std::nullopt,
                                        .grace_period_seconds = std::nullopt,
                                        .dry_run = false});
    if (!removed) return fail(removed.error());
    return {};
  }
  *list = std::move(kept);
  auto written = client_.replace(ref, **there,
                                 {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
  if (!written) return fail(written.error());
  return {};
}

}  // namespace berth::reconciler
