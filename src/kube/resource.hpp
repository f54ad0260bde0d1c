// What an object of the Kubernetes API is called and where it lives. Objects themselves are plain JSON.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "kubeschema/resource.hpp"

namespace berth::kube {

using kubeschema::Resource;

struct ObjectKey {
  std::string ns{};  // "" for objects of the cluster
  std::string name{};
  auto operator<=>(const ObjectKey&) const = default;
};

struct ObjectRef {
  Resource resource{};
  std::string ns{};
  std::string name{};
  auto operator<=>(const ObjectRef&) const = default;
};

/// "pods lab/workspace", "namespaces lab".
std::string describe(const ObjectRef& ref);

/// Everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

/// "/apis/apps/v1/namespaces/lab/deployments"; over all namespaces where `ns` is empty.
/// kInvalid when a part could change the path's meaning, or a namespace is given for a resource of the
/// cluster.
Result<std::string> collection_path(const Resource& resource, std::string_view ns);
/// "/api/v1/namespaces/lab/pods/workspace[/status]". A namespaced resource needs a namespace here.
Result<std::string> object_path(const ObjectRef& ref, std::string_view subresource = "");

/// Parts of `metadata`; "" where missing.
std::string name_of(const json::value& object);
std::string namespace_of(const json::value& object);
std::string uid_of(const json::value& object);
std::string resource_version_of(const json::value& object);
ObjectKey key_of(const json::value& object);
std::optional<std::string> label_of(const json::value& object, std::string_view key);
/// True from the moment a deletion was accepted until the object is gone.
bool is_deleting(const json::value& object);

/// What Berth itself asks for; tests know more (test_resources.hpp).
namespace resources {
Resource namespaces();
Resource nodes();
Resource pods();
Resource service_accounts();
Resource leases();
Resource cluster_role_bindings();
/// `version` is "v1" or "v1beta1", whichever discovery finds.
Resource mutating_admission_policies(std::string version);
Resource routes();                        // OpenShift
Resource security_context_constraints();  // OpenShift
}  // namespace resources

}  // namespace berth::kube
