#include "simcluster/validate_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "simcluster/names.hpp"
#include "simcluster/objects.hpp"
#include "simcluster/pod_spec.hpp"
#include "simcluster/selector.hpp"

namespace berth::simcluster {
namespace {

using Causes = std::vector<Cause>;

constexpr std::size_t kMaxDataBytes = 1024 * 1024;

void check_resources(const json::value& container, const std::string& path, Causes& out) {
  const auto requests = amounts_of(berth::find(container, {"resources", "requests"}));
  const auto limits = amounts_of(berth::find(container, {"resources", "limits"}));
  for (const auto& [resource, request] : requests) {
    const auto field = path + ".resources.requests";
    if (request.milli < 0) {
      out.push_back(invalid_value(fmt::format("{}[{}]", field, resource), format_quantity(request),
                                  "must be greater than or equal to 0"));
    }
    const auto limit = limits.find(resource);
    if (is_extended(resource)) {
      if (limit == limits.end()) {
        out.push_back(
            required_value(path + ".resources.limits", "Limit must be set for non overcommitable resources"));
      } else if (limit->second != request) {
        out.push_back(invalid_value(
            field, format_quantity(request),
            fmt::format("must be equal to {} limit of {}", resource, format_quantity(limit->second))));
      }
      if (request.milli % 1000 != 0) {
        out.push_back(invalid_value(fmt::format("{}[{}]", field, resource), format_quantity(request),
                                    "must be an integer"));
      }
    } else if (limit != limits.end() && request > limit->second) {
      out.push_back(invalid_value(field, format_quantity(request),
                                  fmt::format("must be less than or equal to {} limit of {}", resource,
                                              format_quantity(limit->second))));
    }
  }
}

void check_pod_spec(const json::object& spec, const std::string& path, Causes& out) {
  if (items(spec, {"containers"}).empty()) out.push_back(required_value(path + ".containers"));
  std::set<std::string> volumes;
  for (const auto& volume : items(spec, {"volumes"})) volumes.insert(string_at(volume, {"name"}));
  std::set<std::string> names;
  for (const auto* list : {"containers", "initContainers"}) {
    const auto& containers = items(spec, {list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const auto& container = containers[i];
      const auto at = fmt::format("{}.{}[{}]", path, list, i);
      const auto name = string_at(container, {"name"});
      if (name.empty()) {
        out.push_back(required_value(at + ".name"));
      } else if (const auto problem = label_name_problem(name); !problem.empty()) {
        out.push_back(invalid_value(at + ".name", name, problem));
      } else if (!names.insert(name).second) {
        out.push_back({"FieldValueDuplicate", fmt::format("Duplicate value: \"{}\"", name), at + ".name"});
      }
      if (string_at(container, {"image"}).empty()) out.push_back(required_value(at + ".image"));
      check_resources(container, at, out);
      const auto& mounts =
          container.is_object() ? items(container.get_object(), {"volumeMounts"}) : json::array{};
      for (std::size_t k = 0; k < mounts.size(); ++k) {
        const auto volume = string_at(mounts[k], {"name"});
        if (!volumes.contains(volume)) {
          out.push_back({"FieldValueNotFound", fmt::format("Not found: \"{}\"", volume),
                         fmt::format("{}.volumeMounts[{}].name", at, k)});
        }
      }
    }
  }
}

void check_workload(const json::object& object, Causes& out) {
  const auto* selector = find(object, {"spec", "selector"});
  const auto* labels = find(object, {"spec", "template", "metadata", "labels"});
  if (selector == nullptr) {
    out.push_back(required_value("spec.selector"));
  } else if (const auto parsed = LabelSelector::from_object(*selector); parsed.empty()) {
    out.push_back(invalid_value("spec.selector", "{}", "empty selector is invalid for deployment"));
  } else if (!parsed.matches(labels)) {
    out.push_back(invalid_value("spec.template.metadata.labels",
                                labels == nullptr ? "null" : json::serialize(*labels),
                                "`selector` does not match template `labels`"));
  }
  if (number(object, {"spec", "replicas"}, 1) < 0) {
    out.push_back(invalid_value("spec.replicas", std::to_string(number(object, {"spec", "replicas"}, 1)),
                                "must be greater than or equal to 0"));
  }
  const auto* spec = find(object, {"spec", "template", "spec"});
  check_pod_spec(spec == nullptr ? json::object{} : spec->get_object(), "spec.template.spec", out);
}

void check_quota(const json::object& object, Causes& out) {
  constexpr std::array<std::string_view, 22> kKnown{"cpu",
                                                    "memory",
                                                    "ephemeral-storage",
                                                    "requests.cpu",
                                                    "requests.memory",
                                                    "requests.ephemeral-storage",
                                                    "limits.cpu",
                                                    "limits.memory",
                                                    "limits.ephemeral-storage",
                                                    "requests.storage",
                                                    "pods",
                                                    "persistentvolumeclaims",
                                                    "services",
                                                    "services.loadbalancers",
                                                    "services.nodeports",
                                                    "replicationcontrollers",
                                                    "resourcequotas",
                                                    "secrets",
                                                    "configmaps",
                                                    "storage",
                                                    "hugepages",
                                                    "count"};
  const auto* hard = find(object, {"spec", "hard"});
  if (hard == nullptr || !hard->is_object()) return;
  for (const auto& [key, value] : hard->get_object()) {
    const auto field = fmt::format("spec.hard[{}]", std::string_view(key));
    const auto amount = read_quantity(value);
    if (amount && amount->milli < 0)
      out.push_back(invalid_value(field, format_quantity(*amount), "must be greater than or equal to 0"));
    // Names with a slash are not looked at, here as in the real server.
    if (key.find('/') == json::string::npos && !key.starts_with("hugepages-") &&
        std::ranges::find(kKnown, std::string_view(key)) == kKnown.end()) {
      out.push_back(invalid_value(field, key, "must be a standard resource for quota"));
    }
  }
}

void check_claim(const json::object& object, Causes& out) {
  if (items(object, {"spec", "accessModes"}).empty()) {
    out.push_back(required_value("spec.accessModes", "at least 1 access mode is required"));
  }
  const auto requests = amounts_of(find(object, {"spec", "resources", "requests"}));
  const auto storage = requests.find("storage");
  if (storage == requests.end()) {
    out.push_back(required_value("spec.resources[storage]"));
  } else if (storage->second.milli <= 0) {
    out.push_back(invalid_value("spec.resources[storage]", format_quantity(storage->second),
                                "must be greater than zero"));
  }
}

void check_service(const json::object& object, Causes& out) {
  const auto& ports = items(object, {"spec", "ports"});
  const auto type = text(object, {"spec", "type"});
  if (ports.empty() && type != "ExternalName" && text(object, {"spec", "clusterIP"}) != "None") {
    out.push_back(required_value("spec.ports"));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto field = fmt::format("spec.ports[{}]", i);
    const auto port = berth::find_int(ports[i], {"port"}).value_or(0);
    if (port < 1 || port > 65535) {
      out.push_back(
          invalid_value(field + ".port", std::to_string(port), "must be between 1 and 65535, inclusive"));
    }
    const auto name = string_at(ports[i], {"name"});
    if (ports.size() > 1 && name.empty()) out.push_back(required_value(field + ".name"));
    if (!name.empty() && !names.insert(name).second) {
      out.push_back({"FieldValueDuplicate", fmt::format("Duplicate value: \"{}\"", name), field + ".name"});
    }
  }
  constexpr std::array<std::string_view, 4> kTypes{"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"};
  if (std::ranges::find(kTypes, type) == kTypes.end()) {
    out.push_back(
        {"FieldValueNotSupported",
         fmt::format("Unsupported value: \"{}\": supported values: \"ClusterIP\", \"ExternalName\", "
                     "\"LoadBalancer\", \"NodePort\"",
                     type),
         "spec.type"});
  }
}

void check_binding(const json::object& object, const ResourceType& type, Causes& out) {
  const auto kind = text(object, {"roleRef", "kind"});
  if (text(object, {"roleRef", "name"}).empty()) out.push_back(required_value("roleRef.name"));
  if (kind != "ClusterRole" && (kind != "Role" || !type.namespaced)) {
    out.push_back({"FieldValueNotSupported", fmt::format("Unsupported value: \"{}\"", kind), "roleRef.kind"});
  }
  const auto& subjects = items(object, {"subjects"});
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const auto field = fmt::format("subjects[{}]", i);
    if (string_at(subjects[i], {"name"}).empty()) out.push_back(required_value(field + ".name"));
    if (string_at(subjects[i], {"kind"}) == "ServiceAccount" &&
        string_at(subjects[i], {"namespace"}).empty()) {
      out.push_back(required_value(field + ".namespace"));
    }
  }
}

void check_data(const json::object& object, Causes& out) {
  std::size_t bytes = 0;
  for (const auto* part : {"data", "binaryData"}) {
    const auto* data = find(object, {part});
    if (data == nullptr || !data->is_object()) continue;
    for (const auto& [key, value] : data->get_object()) {
      bytes += value.is_string() ? value.get_string().size() : 0;
      const bool fine = !key.empty() && key.size() <= 253 && key != "." && key != ".." &&
                        std::ranges::all_of(std::string_view(key), [](unsigned char c) {
                          return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
                        });
      if (!fine) {
        out.push_back(
            invalid_value(fmt::format("{}[{}]", part, std::string_view(key)), key,
                          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
                          "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                          "'[-._a-zA-Z0-9]+')"));
      }
    }
  }
  if (bytes > kMaxDataBytes) {
    out.push_back({"FieldValueTooLong", "Too long: may not be more than 1048576 bytes", ""});
  }
}

void check_ingress(const json::object& object, Causes& out) {
  if (items(object, {"spec", "rules"}).empty() && find(object, {"spec", "defaultBackend"}) == nullptr) {
    out.push_back(invalid_value("spec", "", "either `defaultBackend` or `rules` must be specified"));
  }
}

void require(const json::object& object, std::initializer_list<std::string_view> path, Causes& out) {
  if (find(object, path) != nullptr) return;
  std::string field;
  for (const auto part : path) field += (field.empty() ? "" : ".") + std::string(part);
  out.push_back(required_value(std::move(field)));
}

/// A warning would say the same as the refusal.
void check_actions(const json::object& object, std::vector<Cause>& out) {
  const auto actions = items(part_of(object, "spec"), {"validationActions"});
  const auto has = [&](std::string_view one) {
    return std::ranges::find(actions, json::value(one)) != actions.end();
  };
  if (!has("Deny") || !has("Warn")) return;
  out.push_back(invalid_value("spec.validationActions", json::serialize(actions),
                              "must not contain both Deny and Warn"));
}

}  // namespace

json::object part_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object{};
}

void check_kind(const json::object& object, const ResourceType& type, std::vector<Cause>& out) {
  const auto& kind = type.kind;
  if (kind == "Pod") check_pod_spec(part_of(object, "spec"), "spec", out);
  if (kind == "Deployment" || kind == "ReplicaSet") check_workload(object, out);
  if (kind == "ResourceQuota") check_quota(object, out);
  if (kind == "PersistentVolumeClaim") check_claim(object, out);
  if (kind == "Service") check_service(object, out);
  if (kind == "RoleBinding" || kind == "ClusterRoleBinding") check_binding(object, type, out);
  if (kind == "ConfigMap" || kind == "Secret") check_data(object, out);
  if (kind == "Ingress") check_ingress(object, out);
  if (kind == "StorageClass") require(object, {"provisioner"}, out);
  if (kind == "Route") require(object, {"spec", "to", "name"}, out);
  if (kind == "ValidatingAdmissionPolicyBinding" || kind == "MutatingAdmissionPolicyBinding") {
    require(object, {"spec", "policyName"}, out);
    check_actions(object, out);
  }
}

}  // namespace berth::simcluster
