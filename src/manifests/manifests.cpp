#include "manifests/manifests.hpp"

#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::manifests {
std::vector<kubeschema::Resource> session_kinds(model::Flavour flavour) {
  std::vector<kubeschema::Resource> kinds;
  for (const auto& kind :
       {kNamespaces, kResourceQuotas, kLimitRanges, kNetworkPolicies, kServiceAccounts, kRoleBindings,
        kVolumeClaims, kConfigMaps, kSecrets, kDeployments, kServices, endpoint_kind(flavour)}) {
    kinds.push_back(kind);
  }
  return kinds;
}

std::vector<std::string_view> only_names_of(const kubeschema::Resource& kind) {
  if (kind == kubeschema::Resource(kSecrets)) return {kKubeconfigGuardName};
  if (kind == kubeschema::Resource(kConfigMaps))
    return {kSessionConfigName, kProxyConfigName, entry::kAccessListName};
  return {};
}

}  // namespace berth::manifests
