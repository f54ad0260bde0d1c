#include "manifests/names_and_labels.hpp"

#include <algorithm>
#include <utility>

namespace berth::manifests {
namespace {

Object framed(const KnownResource& kind, std::string_view namespace_name, std::string_view name,
              json::object metadata, json::object rest) {
  json::object body{
      {"apiVersion", api_version(kind)}, {"kind", kind.kind}, {"metadata", std::move(metadata)}};
  for (auto& field : rest) body.emplace(field.key(), std::move(field.value()));
  return Object{.kind = kind,
                .namespace_name = std::string(namespace_name),
                .name = std::string(name),
                .body = std::move(body)};
}

}  // namespace

std::string api_version(const KnownResource& name) {
  if (name.group.empty()) return std::string(name.version);
  return std::string(name.group) + "/" + std::string(name.version);
}

json::object session_labels(const SessionSpec& spec) {
  return json::object{{kManagedByLabel, "berth"},
                      {kInstallationLabel, spec.installation},
                      {kReservationLabel, spec.reservation.id.value},
                      {kSessionLabel, spec.session.id.value}};
}

Object session_object(const SessionSpec& spec, const KnownResource& kind, std::string_view name, Guard guard,
                      json::object rest, json::object annotations) {
  auto labels = session_labels(spec);
  if (guard == Guard::kYes) labels.emplace(kGuardLabel, "true");
  json::object metadata{{"name", name}};
  if (kind.namespaced) metadata.emplace("namespace", spec.session.namespace_name);
  metadata.emplace("labels", std::move(labels));
  if (!annotations.empty()) metadata.emplace("annotations", std::move(annotations));
  const std::string_view namespace_name = kind.namespaced ? spec.session.namespace_name : std::string_view{};
  return framed(kind, namespace_name, name, std::move(metadata), std::move(rest));
}

json::array strings(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

json::array image_pull_secrets(const model::Cluster& cluster) {
  json::array secrets;
  for (const auto& name : cluster.image_pull_secrets) secrets.emplace_back(json::object{{"name", name}});
  return secrets;
}

std::vector<std::string> resource_names(const SessionSpec& spec) {
  std::vector<std::string> names;
  for (const auto& unit : spec.units) {
    if (std::find(names.begin(), names.end(), unit.resource_name) == names.end())
      names.push_back(unit.resource_name);
  }
  return names;
}

Gib session_ephemeral(const SessionSpec& spec) {
  return {spec.device_class.ephemeral.value * static_cast<std::int64_t>(spec.units.size())};
}

bool held_to_node(const SessionSpec& spec) {
  return spec.facts.several_nodes;
}

std::string node_hostname(const SessionSpec& spec) {
  const auto other = spec.facts.hostnames.find(spec.node.kubernetes_name);
  return other == spec.facts.hostnames.end() ? spec.node.kubernetes_name : other->second;
}

const std::string& storage_class(const SessionSpec& spec) {
  return spec.cluster.storage_class.empty() ? spec.default_storage_class : spec.cluster.storage_class;
}

}  // namespace berth::manifests
