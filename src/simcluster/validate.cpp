// What every object must be like, whatever its kind.
#include "simcluster/validate.hpp"

#include <fmt/format.h>

#include "simcluster/names.hpp"
#include "simcluster/objects.hpp"
#include "simcluster/validate_kinds.hpp"

namespace berth::simcluster {
namespace {

constexpr std::size_t kMaxAnnotationBytes = 256 * 1024;

void check_metadata(const json::object& object, const ResourceType& type, std::vector<Cause>& out) {
  const auto name = name_of(object);
  if (const auto problem = name_problem(name, type); !problem.empty()) {
    out.push_back(invalid_value("metadata.name", name, problem));
  }
  if (const auto* labels = labels_of(object)) {
    for (const auto& [key, value] : labels->get_object()) {
      if (const auto problem = label_key_problem(key); !problem.empty()) {
        out.push_back(invalid_value("metadata.labels", key, problem));
      }
      const auto problem = label_value_problem(value.get_string());
      if (!problem.empty()) out.push_back(invalid_value("metadata.labels", value.get_string(), problem));
    }
  }
  std::size_t bytes = 0;
  if (const auto* annotations = find(object, {"metadata", "annotations"})) {
    for (const auto& [key, value] : annotations->get_object()) {
      bytes += key.size() + value.get_string().size();
      if (const auto problem = label_key_problem(key); !problem.empty()) {
        out.push_back(invalid_value("metadata.annotations", key, problem));
      }
    }
  }
  if (bytes > kMaxAnnotationBytes) {
    out.push_back(
        {"FieldValueTooLong", "Too long: may not be more than 262144 bytes", "metadata.annotations"});
  }
}

}  // namespace

std::string name_problem(std::string_view name, const ResourceType& type) {
  switch (type.name_rule) {
    case NameRule::kLabel:
      return label_name_problem(name);
    case NameRule::kPathSegment:
      return path_segment_problem(name);
    case NameRule::kSubdomain:
      return subdomain_problem(name);
  }
  return {};
}

Outcome<void> check_shape(const json::object& object, const ResourceType& type) {
  struct Expected {
    std::vector<std::string_view> path;
    json::kind kind;
  };
  static const std::vector<Expected> expected{
      {{"metadata"}, json::kind::object},
      {{"metadata", "labels"}, json::kind::object},
      {{"metadata", "annotations"}, json::kind::object},
      {{"metadata", "finalizers"}, json::kind::array},
      {{"metadata", "ownerReferences"}, json::kind::array},
      {{"metadata", "name"}, json::kind::string},
      {{"metadata", "generateName"}, json::kind::string},
      {{"metadata", "namespace"}, json::kind::string},
      {{"metadata", "uid"}, json::kind::string},
      {{"metadata", "resourceVersion"}, json::kind::string},
      {{"spec"}, json::kind::object},
      {{"status"}, json::kind::object},
      {{"spec", "hard"}, json::kind::object},
      {{"spec", "limits"}, json::kind::array},
      {{"spec", "containers"}, json::kind::array},
      {{"spec", "initContainers"}, json::kind::array},
      {{"spec", "volumes"}, json::kind::array},
      {{"spec", "ports"}, json::kind::array},
      {{"spec", "accessModes"}, json::kind::array},
      {{"spec", "resources"}, json::kind::object},
      {{"spec", "template"}, json::kind::object},
      {{"spec", "template", "metadata"}, json::kind::object},
      {{"spec", "template", "metadata", "labels"}, json::kind::object},
      {{"spec", "selector"}, json::kind::object},
      {{"spec", "template", "spec"}, json::kind::object},
      {{"spec", "template", "spec", "containers"}, json::kind::array},
      {{"spec", "template", "spec", "volumes"}, json::kind::array},
      {{"status", "conditions"}, json::kind::array},
      {{"roleRef"}, json::kind::object},
      {{"subjects"}, json::kind::array},
      {{"rules"}, json::kind::array},
      {{"data"}, json::kind::object},
      {{"stringData"}, json::kind::object},
  };
  const auto wrong = [&](const std::string& field, const json::value& value) {
    return refuse(bad_request(
        fmt::format("{} in version \"{}\" cannot be handled as a {}: json: cannot unmarshal {} into "
                    "field {}",
                    type.kind, type.version, type.kind, to_string(value.kind()), field)));
  };
  for (const auto& [path, kind] : expected) {
    const json::object* at = &object;
    const json::value* value = nullptr;
    std::string field;
    for (const auto part : path) {
      field += (field.empty() ? "" : ".") + std::string(part);
      value = at == nullptr ? nullptr : at->if_contains(part);
      at = value == nullptr ? nullptr : value->if_object();
    }
    if (value != nullptr && !value->is_null() && value->kind() != kind) return wrong(field, *value);
  }
  for (const auto* map : {"labels", "annotations"}) {
    const auto* values = find(object, {"metadata", map});
    if (values == nullptr || values->is_null()) continue;
    for (const auto& [key, value] : values->get_object()) {
      if (!value.is_string()) return wrong(fmt::format("metadata.{}", map), value);
    }
  }
  if (type.kind == "ConfigMap" || type.kind == "Secret") {
    for (const auto* map : {"data", "stringData"}) {
      const auto* values = find(object, {map});
      if (values == nullptr || !values->is_object()) continue;
      for (const auto& [key, value] : values->get_object()) {
        if (!value.is_string()) return wrong(fmt::format("{}.{}", map, std::string_view(key)), value);
      }
    }
  }
  return {};
}

std::vector<Cause> problems_of(const json::object& object, const ResourceType& type) {
  std::vector<Cause> out;
  check_metadata(object, type, out);
  check_kind(object, type, out);
  return out;
}

}  // namespace berth::simcluster
