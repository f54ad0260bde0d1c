#include "manifests/manifests.hpp"

#include <iterator>
#include <utility>

#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "manifests/steps.hpp"

namespace berth::manifests {
namespace {

void append(std::vector<Object>& all, std::vector<Object> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Object> objects_of(model::StepName step, const SessionSpec& spec) {
  switch (step) {
    case model::StepName::kNamespace:
      return namespace_objects(spec);
    case model::StepName::kQuota:
      return quota_objects(spec);
    case model::StepName::kLimits:
      return limit_objects(spec);
    case model::StepName::kNetwork:
      return network_objects(spec);
    case model::StepName::kAccess:
      return access_objects(spec);
    case model::StepName::kStorage:
      return storage_objects(spec);
    case model::StepName::kConfig:
      return config_objects(spec);
    case model::StepName::kWorkspace:
      return workspace_objects(spec);
    case model::StepName::kEndpoint:
      return endpoint_objects(spec);
    case model::StepName::kDeviceFree:
    case model::StepName::kReady:
      return {};
  }
  return {};
}

std::vector<Object> all_objects(const SessionSpec& spec) {
  std::vector<Object> all;
  for (const auto step : model::kSteps) append(all, objects_of(step, spec));
  return all;
}

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
