#include <utility>

#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

Object service_account(const SessionSpec& spec) {
  json::object rest{{"automountServiceAccountToken", true}};
  if (auto secrets = image_pull_secrets(spec.cluster); !secrets.empty())
    rest.emplace("imagePullSecrets", std::move(secrets));
  return session_object(spec, kServiceAccounts, kServiceAccountName, Guard::kYes, std::move(rest));
}

Object session_admin_binding(const SessionSpec& spec) {
  json::object role{
      {"apiGroup", kClusterRoles.group}, {"kind", kClusterRoles.kind}, {"name", kSessionAdminName}};
  json::object subject{{"kind", kServiceAccounts.kind},
                       {"name", kServiceAccountName},
                       {"namespace", spec.session.namespace_name}};
  return session_object(
      spec, kRoleBindings, kSessionAdminName, Guard::kYes,
      json::object{{"roleRef", std::move(role)}, {"subjects", json::array{std::move(subject)}}});
}

}  // namespace

std::vector<Object> access_objects(const SessionSpec& spec) {
  std::vector<Object> objects{service_account(spec), session_admin_binding(spec)};
  for (auto& binding : security_context_bindings(spec)) objects.push_back(std::move(binding));
  return objects;
}

}  // namespace berth::planning
