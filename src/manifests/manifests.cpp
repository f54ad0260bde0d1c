#include "manifests/manifests.hpp"

#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::manifests {
std::vector<Kind> session_kinds(model::Flavour flavour) {
  std::vector<Kind> kinds;
  for (const auto& kind :
       {kNamespaces, kResourceQuotas, kLimitRanges, kNetworkPolicies, kServiceAccounts, kRoleBindings,
        kVolumeClaims, kConfigMaps, kSecrets, kDeployments, kServices, endpoint_kind(flavour)}) {
    kinds.push_back(to_kind(kind));
  }
  return kinds;
}

std::string_view only_name_of(const Kind& kind) {
  return kind == to_kind(kSecrets) ? kAccessSecretName : std::string_view{};
}

}  // namespace berth::manifests
