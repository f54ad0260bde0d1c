#include <fmt/format.h>

#include <utility>

#include "survey/survey.hpp"

namespace berth::survey {
namespace {

const kube::Resource kStorageClasses{"storage.k8s.io", "v1", "storageclasses", "StorageClass", false};
const kube::Resource kStorageCapacities{"storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity",
                                        true};
const kube::Resource kIngressClasses{"networking.k8s.io", "v1", "ingressclasses", "IngressClass", false};
const kube::Resource kEndpoints{"", "v1", "endpoints", "Endpoints", true};
constexpr std::string_view kConfigGroup = "config.openshift.io";

class Looking {
 public:
  Looking(kube::Client& cluster, const kube::Discovery& served, Seen& seen)
      : cluster_(cluster), served_(served), seen_(seen) {}

  void list(const kube::Resource& resource, std::vector<json::value>& into) {
    if (!served_.serves(resource)) return;
    auto found = cluster_.list(resource);
    if (found) {
      into = std::move(found->items);
    } else {
      seen_.unread.push_back(fmt::format("{}: {}", resource.qualified_plural(), found.error().message));
    }
  }
  void get(const kube::ObjectRef& ref, json::value& into) {
    auto found = cluster_.find(ref);
    if (!found) {
      seen_.unread.push_back(fmt::format("{}: {}", kube::describe(ref), found.error().message));
    } else if (*found) {
      into = std::move(**found);
    }
  }
  void get_config(std::string_view plural, json::value& into) {
    if (const auto resource = served_.find(kConfigGroup, plural)) get({*resource, "", "cluster"}, into);
  }

 private:
  kube::Client& cluster_;
  const kube::Discovery& served_;
  Seen& seen_;
};

}  // namespace

Result<Seen> look(kube::Client& cluster) {
  const auto served = cluster.discover();
  if (!served) return fail(within("ask the cluster what it serves", served.error()));
  Seen seen;
  seen.openshift = served->serves(kube::resources::security_context_constraints()) &&
                   served->serves(kube::resources::routes());
  auto nodes = cluster.list(kube::resources::nodes());
  if (!nodes) return fail(within("list the cluster's nodes", nodes.error()));
  seen.nodes = std::move(nodes->items);
  Looking looking(cluster, *served, seen);
  looking.list(kube::resources::pods(), seen.pods);
  looking.list(kStorageClasses, seen.storage_classes);
  looking.list(kStorageCapacities, seen.storage_capacities);
  if (!seen.openshift) looking.list(kIngressClasses, seen.ingress_classes);
  if (const auto ranges = served->find("networking.k8s.io", "servicecidrs"))
    looking.list(*ranges, seen.service_ranges);
  looking.get({kEndpoints, "default", "kubernetes"}, seen.api_endpoints);
  looking.get_config("networks", seen.network);
  looking.get_config("ingresses", seen.ingress);
  looking.get_config("infrastructures", seen.infrastructure);
  looking.get_config("proxies", seen.proxy);
  return seen;
}

}  // namespace berth::survey
