#include "objects.hpp"

#include <algorithm>

namespace berth::contract {

namespace {

std::string image() {
  return kube::process_environment()("BERTH_CONTRACT_IMAGE").value_or("registry.k8s.io/pause:3.10");
}

json::object pod_spec(const json::object& resources) {
  json::object container{{"name", "main"}, {"image", image()}};
  if (!resources.empty()) container["resources"] = resources;
  return {{"containers", json::array{std::move(container)}},
          {"terminationGracePeriodSeconds", 0},
          {"tolerations", json::array{{{"operator", "Exists"}}}}};
}

json::object small_resources(const json::object& extra) {
  json::object amounts{{"cpu", "100m"}, {"memory", "64Mi"}};
  for (const auto& [name, amount] : extra) amounts[name] = amount;
  return {{"requests", amounts}, {"limits", amounts}};
}

json::object of_kind(std::string_view api_version, std::string_view kind, std::string_view name) {
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
}

}  // namespace

json::object config_map(std::string_view name, const json::object& data) {
  auto object = of_kind("v1", "ConfigMap", name);
  object["data"] = data;
  return object;
}

json::object pod(std::string_view name, const json::object& extra) {
  auto object = of_kind("v1", "Pod", name);
  object["spec"] = pod_spec(small_resources(extra));
  return object;
}

json::object bare_pod(std::string_view name) {
  auto object = of_kind("v1", "Pod", name);
  object["spec"] = pod_spec({});
  return object;
}

json::object deployment(std::string_view name, int replicas) {
  auto object = of_kind("apps/v1", "Deployment", name);
  const json::object labels{{"app", name}};
  object["spec"] = json::object{
      {"replicas", replicas},
      {"selector", {{"matchLabels", labels}}},
      {"template", {{"metadata", {{"labels", labels}}}, {"spec", pod_spec(small_resources({}))}}}};
  return object;
}

json::object service(std::string_view name, const json::array& ports) {
  auto object = of_kind("v1", "Service", name);
  object["spec"] = json::object{{"selector", {{"app", name}}}, {"ports", ports}};
  return object;
}

json::object claim(std::string_view name, std::string_view storage_class) {
  auto object = of_kind("v1", "PersistentVolumeClaim", name);
  object["spec"] = json::object{{"accessModes", json::array{"ReadWriteOnce"}},
                                {"storageClassName", storage_class},
                                {"resources", {{"requests", {{"storage", "1Gi"}}}}}};
  return object;
}

json::object quota(std::string_view name, const json::object& hard) {
  auto object = of_kind("v1", "ResourceQuota", name);
  object["spec"] = json::object{{"hard", hard}};
  return object;
}

const json::value* element_with(const json::value& root, std::initializer_list<std::string_view> path,
                                std::string_view key, const json::value& value) {
  const auto* list = find(root, path);
  if (list == nullptr || !list->is_array()) return nullptr;
  const auto found = std::ranges::find_if(list->get_array(), [&](const json::value& element) {
    const auto* at = find(element, {key});
    return at != nullptr && *at == value;
  });
  return found == list->get_array().end() ? nullptr : &*found;
}

std::size_t count_at(const json::value& root, std::initializer_list<std::string_view> path) {
  const auto* list = find(root, path);
  return list != nullptr && list->is_array() ? list->get_array().size() : 0;
}

}  // namespace berth::contract
