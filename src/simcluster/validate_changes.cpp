#include <fmt/format.h>

#include "simcluster/objects.hpp"
#include "simcluster/pod_spec.hpp"
#include "simcluster/validate.hpp"
#include "simcluster/validate_kinds.hpp"

namespace berth::simcluster {
namespace {

using Causes = std::vector<Cause>;

json::object without(json::object object, std::initializer_list<std::string_view> fields) {
  for (const auto field : fields) object.erase(field);
  return object;
}

void immutable(const json::object& before, const json::object& after,
               std::initializer_list<std::string_view> path, std::string_view why, Causes& out) {
  const auto* was = find(before, path);
  const auto* is = find(after, path);
  if (was == nullptr && is == nullptr) return;
  if (was != nullptr && is != nullptr && *was == *is) return;
  std::string field;
  for (const auto part : path) field += (field.empty() ? "" : ".") + std::string(part);
  out.push_back(invalid_value(std::move(field), is == nullptr ? "null" : json::serialize(*is), why));
}

/// Only images, added tolerations and deadlines of a pod may change.
void check_pod_change(const json::object& before, const json::object& after, Causes& out) {
  const auto comparable = [](const json::object& pod) {
    auto spec = without(part_of(pod, "spec"),
                        {"tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds"});
    for (const auto* list : {"containers", "initContainers"}) {
      auto* containers = spec.if_contains(list);
      if (containers == nullptr || !containers->is_array()) continue;
      for (auto& container : containers->get_array()) {
        if (container.is_object()) container.get_object().erase("image");
      }
    }
    return spec;
  };
  if (comparable(before) == comparable(after)) return;
  out.push_back(forbidden_value(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
      "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
      "set to 1 if it was previously negative)"));
}

/// Of a claim only the requested size may grow, once it is bound.
void check_claim_change(const json::object& before, const json::object& after, Causes& out) {
  const auto fixed = [](const json::object& claim) {
    return without(part_of(claim, "spec"), {"resources", "volumeName", "volumeAttributesClassName"});
  };
  const auto size = [](const json::object& claim) {
    return amounts_of(find(claim, {"spec", "resources", "requests"}))["storage"];
  };
  const auto volume = text(before, {"spec", "volumeName"});
  if (fixed(before) != fixed(after) || (!volume.empty() && volume != text(after, {"spec", "volumeName"}))) {
    out.push_back(forbidden_value("spec",
                                  "spec is immutable after creation except resources.requests and "
                                  "volumeAttributesClassName for bound claims"));
  } else if (size(after) < size(before)) {
    out.push_back(
        forbidden_value("spec.resources.requests.storage", "field can not be less than status.capacity"));
  } else if (size(after) > size(before) && text(before, {"status", "phase"}) != "Bound") {
    out.push_back(forbidden_value("spec",
                                  "spec is immutable after creation except resources.requests and "
                                  "volumeAttributesClassName for bound claims"));
  }
}

}  // namespace

std::vector<Cause> forbidden_changes(const json::object& before, const json::object& after,
                                     const ResourceType& type) {
  Causes out;
  const auto& kind = type.kind;
  if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    immutable(before, after, {"roleRef"}, "cannot change roleRef", out);
  } else if (kind == "Deployment" || kind == "ReplicaSet") {
    immutable(before, after, {"spec", "selector"}, "field is immutable", out);
  } else if (kind == "Pod") {
    check_pod_change(before, after, out);
  } else if (kind == "PersistentVolumeClaim") {
    check_claim_change(before, after, out);
  } else if (kind == "Secret") {
    immutable(before, after, {"type"}, "field is immutable", out);
  } else if (kind == "StorageClass") {
    immutable(before, after, {"provisioner"}, "field is immutable", out);
    immutable(before, after, {"reclaimPolicy"}, "updates to reclaimPolicy are forbidden.", out);
    immutable(before, after, {"volumeBindingMode"}, "field is immutable", out);
  } else if (kind == "Service" && text(after, {"spec", "type"}) != "ExternalName" &&
             !text(before, {"spec", "clusterIP"}).empty()) {
    immutable(before, after, {"spec", "clusterIP"}, "field is immutable", out);
  } else if (kind == "ResourceQuota") {
    immutable(before, after, {"spec", "scopes"}, "field is immutable", out);
  }
  if ((kind == "ConfigMap" || kind == "Secret") && find(before, {"immutable"}) != nullptr &&
      *find(before, {"immutable"}) == json::value(true)) {
    immutable(before, after, {"data"}, "field is immutable when `immutable` is set", out);
  }
  return out;
}

}  // namespace berth::simcluster
