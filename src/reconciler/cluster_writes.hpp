// The writes to the cluster, each idempotent: made true by apply or delete, never by assuming what was there.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "entry/kube_access.hpp"
#include "kube/kube.hpp"
#include "planning/planning.hpp"
#include "reconciler/observer.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {

/// Belongs to one thread.
class ClusterWrites {
 public:
  ClusterWrites(kube::Client client, Observer& observer, std::string installation,
                kube::Endpoint endpoint = {});

  /// Creates it; one that is there already must be this session's, else kConflict.
  Status make_namespace(const manifests::Object& object);
  /// kConflict, slug kKeptOtherwise, when what the API keeps after it does not match what was sent.
  Status apply(const manifests::Object& object);
  /// Makes it, and first takes away what is there in its place and is another. As `apply` else.
  Status renew(const manifests::Object& object);
  /// `apply` for an object that all installations share and that is Berth's as a whole: what a merge leaves
  /// (a value more in a set, one that goes with none of ours) is replaced. Not every reconciler may write it,
  /// and some clusters keep it otherwise. Then it looks at what is there: success when that is as wanted,
  /// else kForbidden, slug kSharedMissing, kSharedDiffers or kSharedKept, with where it differs and whose
  /// that is.
  Status apply_shared(const manifests::Object& object);
  /// That look alone. `refusal` is what the API said of the write.
  Status judge_refused(const manifests::Object& object, const Error& refusal);
  /// Deletes that very namespace, which cascades. One that is gone already is success.
  Status delete_namespace(const std::string& name, const std::string& uid);
  /// Asks the API itself, not the watch. One of that name which is not this session's does not count. One
  /// that is, and is not seen because somebody took our labels off, gets them back.
  enum class Place { kGone, kThere, kReclaimed };
  Result<Place> namespace_place(const std::string& name, const model::SessionId& session);

  /// The same of one whose end others hold up: it is on its way out, and every pod in it has finished.
  Result<bool> namespace_idle(const std::string& name, const model::SessionId& session);

  /// The volume of the session's own claim `home`, that claim's; nothing where it is another's, was there
  /// before its claim, or its class retains volumes: then it is an admin's.
  Result<std::optional<store::FoundHome>> find_home(const std::string& namespace_name,
                                                    const planning::KeepHome& keep);
  /// Marks the volume as that home's and retains it. False: it was so.
  Result<bool> mark_home(const std::string& volume, const std::string& home);
  /// A claim `home` in that namespace is bound to the volume from now on. kConflict where it is not marked as
  /// that home's, or bound to a claim that is there.
  Status hand_home(const std::string& volume, const std::string& home, const std::string& namespace_name);
  /// Hands the volume to its provisioner to delete. kConflict where it is not marked as that home's.
  Status drop_home(const std::string& volume, const std::string& home);
  /// Whether there is no volume of that name that is marked as that home's.
  Result<bool> home_is_gone(const std::string& volume, const std::string& home);

  /// Has the GPU operator cut the node's cards so. Nothing else of a node is ever written.
  Status give_layout(const std::string& node, const std::string& layout);

  /// A token of a session's account, and where to bring it. It is made, and nothing of it is kept. kConflict
  /// where what it should hang on is not there as it is wanted.
  Result<entry::KubeAccess> make_access(const planning::AnswerKubeconfig& answer);

  /// What the sweep looks at: namespaces labelled as Berth's, cluster-wide grants to ServiceAccounts in
  /// namespaces named like sessions', and where nodes and their pods are.
  struct Lists {
    std::vector<planning::NamespaceSeen> namespaces;
    std::vector<planning::GrantSeen> grants;
    std::vector<planning::NodeSeen> nodes;
    std::vector<planning::VolumeSeen> volumes;
  };
  Result<Lists> sweep_lists(const kube::Discovery& discovery);
  /// Takes the one ServiceAccount out; a binding without any other subject goes whole.
  Status remove_grant(const planning::GrantSeen& grant);

  /// What the API warned of since this was last asked, each text once.
  std::vector<std::string> take_warnings() { return client_.take_warnings(); }

 private:
  Result<std::string> authority_of(const planning::AnswerKubeconfig& answer) const;
  Status patch_volume(const json::value& volume, json::value change);
  Status replace_shared(const manifests::Object& object);
  std::string why_held_up(const json::value& space, const kube::Discovery& discovery);

  kube::Client client_;
  Observer& observer_;
  std::string installation_;
  kube::Endpoint endpoint_;
};

}  // namespace berth::reconciler
