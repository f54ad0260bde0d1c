// The volumes of kept homes. Every write is on the condition that nobody wrote meanwhile: what was decided on
// is then still so, whoever leads.
#include <fmt/format.h>

#include "manifests/names_and_labels.hpp"
#include "reconciler/cluster_writes.hpp"

namespace berth::reconciler {
namespace {

using namespace manifests;

constexpr std::string_view kProvisionedBy = "pv.kubernetes.io/provisioned-by";

kube::ObjectRef volume_ref(const std::string& name) {
  return {kVolumes, "", name};
}

bool is_home(const json::value& volume, const std::string& installation, const std::string& home) {
  return kube::label_of(volume, kInstallationLabel) == installation &&
         kube::label_of(volume, kHomeLabel) == home;
}

std::string policy_of(const json::value& volume) {
  return string_at(volume, {"spec", "persistentVolumeReclaimPolicy"});
}

bool is_in_use(const json::value& volume) {
  return string_at(volume, {"status", "phase"}) == "Bound" &&
         !string_at(volume, {"spec", "claimRef", "uid"}).empty();
}

/// It may lie on one node of several; which labels say so is the provisioner's.
bool lies_on_some_nodes(const json::value& volume) {
  return find(volume, {"spec", "nodeAffinity", "required"}) != nullptr;
}

Error not_ours(const std::string& volume, const std::string& home) {
  return {.code = Code::kConflict,
          .message = fmt::format("volume {} is not marked as home {}", volume, home)};
}

}  // namespace

Status ClusterWrites::patch_volume(const json::value& volume, json::value change) {
  auto& metadata = change.as_object()["metadata"];
  if (!metadata.is_object()) metadata.emplace_object();
  metadata.as_object()["resourceVersion"] = kube::resource_version_of(volume);
  const auto name = kube::name_of(volume);
  const auto seen_before = observer_.version_seen({std::string(kVolumes.plural), "", name});
  auto written = client_.merge_patch(volume_ref(name), change,
                                     {.field_manager = std::string(kFieldManager), .dry_run = false});
  if (!written) return fail(within(fmt::format("change volume {}", name), written.error()));
  observer_.note_written(kVolumes, *written, seen_before);
  return {};
}

Result<std::optional<store::FoundHome>> ClusterWrites::find_home(const std::string& namespace_name,
                                                                 const planning::KeepHome& keep) {
  auto volume = client_.find(volume_ref(keep.volume));
  if (!volume) return fail(within(fmt::format("look at volume {}", keep.volume), volume.error()));
  if (!volume->has_value()) return std::optional<store::FoundHome>();
  const auto& there = **volume;
  const bool own = string_at(there, {"spec", "claimRef", "namespace"}) == namespace_name &&
                   string_at(there, {"spec", "claimRef", "name"}) == kHomeClaimName &&
                   string_at(there, {"spec", "claimRef", "uid"}) == keep.claim_uid;
  const bool made_for_claims = !string_at(there, {"metadata", "annotations", kProvisionedBy}).empty();
  const bool marked = kube::label_of(there, kHomeLabel).has_value();
  const auto size = planning::whole_gib(string_at(there, {"spec", "capacity", "storage"}));
  if (!own || !made_for_claims || !size || kube::is_deleting(there) ||
      (!marked && policy_of(there) != "Delete"))
    return std::optional<store::FoundHome>();
  store::FoundHome home{.new_id = {},
                        .volume = keep.volume,
                        .storage_class = string_at(there, {"spec", "storageClassName"}),
                        .size = *size,
                        .node = {},
                        .identity = keep.identity};
  if (lies_on_some_nodes(there)) home.node = keep.node;
  return std::optional(std::move(home));
}

Result<bool> ClusterWrites::mark_home(const std::string& volume, const std::string& home) {
  auto there = client_.get(volume_ref(volume));
  if (!there) return fail(within(fmt::format("look at volume {}", volume), there.error()));
  if (is_home(*there, installation_, home) && policy_of(*there) == "Retain") {
    observer_.note_written(kVolumes, *there,
                           observer_.version_seen({std::string(kVolumes.plural), "", volume}));
    return false;
  }
  const json::value labels{
      {kManagedByLabel, "berth"}, {kInstallationLabel, installation_}, {kHomeLabel, home}};
  auto marked = patch_volume(
      *there, {{"metadata", {{"labels", labels}}}, {"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}});
  if (!marked) return fail(marked.error());
  return true;
}

Status ClusterWrites::hand_home(const std::string& volume, const std::string& home,
                                const std::string& namespace_name) {
  auto there = client_.get(volume_ref(volume));
  if (!there) return fail(within(fmt::format("look at volume {}", volume), there.error()));
  if (!is_home(*there, installation_, home) || kube::is_deleting(*there)) return fail(not_ours(volume, home));
  if (is_in_use(*there)) {
    return fail(Code::kConflict, fmt::format("volume {} is still in use", volume));
  }
  // Without a uid: whichever claim of that name is made in that namespace, which is the session's alone.
  const json::value claim{{"apiVersion", "v1"},
                          {"kind", kVolumeClaims.kind},
                          {"namespace", namespace_name},
                          {"name", kHomeClaimName},
                          {"uid", nullptr},
                          {"resourceVersion", nullptr}};
  return patch_volume(*there, {{"spec", {{"claimRef", claim}, {"persistentVolumeReclaimPolicy", "Retain"}}}});
}

Status ClusterWrites::drop_home(const std::string& volume, const std::string& home) {
  auto there = client_.find(volume_ref(volume));
  if (!there) return fail(within(fmt::format("look at volume {}", volume), there.error()));
  if (!there->has_value() || kube::is_deleting(**there)) return {};
  if (!is_home(**there, installation_, home)) return fail(not_ours(volume, home));
  if (is_in_use(**there)) return fail(Code::kConflict, fmt::format("volume {} is still in use", volume));
  json::object spec{{"persistentVolumeReclaimPolicy", "Delete"}};
  // One that waits for a claim is nobody's to delete. With the uid of a claim that there never was it is
  // what a claim has left behind.
  const bool waits = string_at(**there, {"spec", "claimRef", "uid"}).empty();
  if (waits) spec.emplace("claimRef", json::object{{"uid", home}});
  if (policy_of(**there) == "Delete" && !waits) return {};
  return patch_volume(**there, {{"spec", std::move(spec)}});
}

Result<bool> ClusterWrites::home_is_gone(const std::string& volume, const std::string& home) {
  auto there = client_.find(volume_ref(volume));
  if (!there) return fail(within(fmt::format("look at volume {}", volume), there.error()));
  if (!there->has_value()) {
    observer_.note_removed(kVolumes, "", volume, true);
    return true;
  }
  return !is_home(**there, installation_, home);
}

}  // namespace berth::reconciler
