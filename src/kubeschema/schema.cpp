#include "kubeschema/schema.hpp"

#include <array>

namespace berth::kubeschema {
namespace {

struct Rule {
  std::string_view path;
  Merge merge;
  std::string_view keys;  // "a,b=fallback"
};

using enum Merge;

constexpr std::array kMetadata{
    Rule{"metadata.finalizers", kSet, ""},
    Rule{"metadata.ownerReferences", kKeyedList, "uid"},
};

constexpr std::array kPodSpec{
    Rule{"containers", kKeyedList, "name"},
    Rule{"containers.ports", kKeyedList, "containerPort,protocol=TCP"},
    Rule{"containers.env", kKeyedList, "name"},
    Rule{"containers.env.valueFrom.configMapKeyRef", kAtomic, ""},
    Rule{"containers.env.valueFrom.secretKeyRef", kAtomic, ""},
    Rule{"containers.volumeMounts", kKeyedList, "mountPath"},
    Rule{"containers.volumeDevices", kKeyedList, "devicePath"},
    Rule{"containers.resources.claims", kKeyedList, "name"},
    Rule{"initContainers", kKeyedList, "name"},
    Rule{"initContainers.ports", kKeyedList, "containerPort,protocol=TCP"},
    Rule{"initContainers.env", kKeyedList, "name"},
    Rule{"initContainers.env.valueFrom.configMapKeyRef", kAtomic, ""},
    Rule{"initContainers.env.valueFrom.secretKeyRef", kAtomic, ""},
    Rule{"initContainers.volumeMounts", kKeyedList, "mountPath"},
    Rule{"initContainers.volumeDevices", kKeyedList, "devicePath"},
    Rule{"initContainers.resources.claims", kKeyedList, "name"},
    Rule{"volumes", kKeyedList, "name"},
    Rule{"imagePullSecrets", kKeyedList, "name"},
    Rule{"hostAliases", kKeyedList, "ip"},
    Rule{"topologySpreadConstraints", kKeyedList, "topologyKey,whenUnsatisfiable"},
    Rule{"schedulingGates", kKeyedList, "name"},
    Rule{"resourceClaims", kKeyedList, "name"},
    Rule{"nodeSelector", kAtomic, ""},
};

struct KindRule {
  std::string_view kind;
  Rule rule;
};

constexpr std::array kKindRules{
    KindRule{"Namespace", {"status.conditions", kKeyedList, "type"}},
    KindRule{"Pod", {"status.conditions", kKeyedList, "type"}},
    KindRule{"Pod", {"status.podIPs", kKeyedList, "ip"}},
    KindRule{"Node", {"status.conditions", kKeyedList, "type"}},
    KindRule{"Node", {"status.addresses", kKeyedList, "type"}},
    KindRule{"Node", {"spec.podCIDRs", kSet, ""}},
    KindRule{"Service", {"spec.ports", kKeyedList, "port,protocol=TCP"}},
    KindRule{"Service", {"spec.selector", kAtomic, ""}},
    KindRule{"Service", {"status.conditions", kKeyedList, "type"}},
    KindRule{"ServiceAccount", {"secrets", kKeyedList, "name"}},
    KindRule{"PersistentVolumeClaim", {"spec.selector", kAtomic, ""}},
    KindRule{"PersistentVolumeClaim", {"spec.dataSource", kAtomic, ""}},
    KindRule{"PersistentVolumeClaim", {"status.conditions", kKeyedList, "type"}},
    KindRule{"ResourceQuota", {"spec.scopeSelector", kAtomic, ""}},
    KindRule{"Deployment", {"spec.selector", kAtomic, ""}},
    KindRule{"Deployment", {"status.conditions", kKeyedList, "type"}},
    KindRule{"ReplicaSet", {"spec.selector", kAtomic, ""}},
    KindRule{"ReplicaSet", {"status.conditions", kKeyedList, "type"}},
    KindRule{"NetworkPolicy", {"spec.podSelector", kAtomic, ""}},
    KindRule{"Ingress", {"spec.defaultBackend.resource", kAtomic, ""}},
    KindRule{"RoleBinding", {"roleRef", kAtomic, ""}},
    KindRule{"ClusterRoleBinding", {"roleRef", kAtomic, ""}},
    KindRule{"Route", {"spec.alternateBackends", kKeyedList, "name,kind"}},
    KindRule{"ValidatingAdmissionPolicy", {"spec.paramKind", kAtomic, ""}},
    KindRule{"ValidatingAdmissionPolicy", {"spec.matchConstraints", kAtomic, ""}},
    KindRule{"ValidatingAdmissionPolicy", {"spec.matchConditions", kKeyedList, "name"}},
    KindRule{"ValidatingAdmissionPolicy", {"spec.variables", kKeyedList, "name"}},
    KindRule{"ValidatingAdmissionPolicyBinding", {"spec.paramRef", kAtomic, ""}},
    KindRule{"ValidatingAdmissionPolicyBinding", {"spec.matchResources", kAtomic, ""}},
    KindRule{"ValidatingAdmissionPolicyBinding", {"spec.validationActions", kSet, ""}},
    KindRule{"MutatingAdmissionPolicy", {"spec.paramKind", kAtomic, ""}},
    KindRule{"MutatingAdmissionPolicy", {"spec.matchConstraints", kAtomic, ""}},
    KindRule{"MutatingAdmissionPolicy", {"spec.matchConditions", kKeyedList, "name"}},
    KindRule{"MutatingAdmissionPolicyBinding", {"spec.paramRef", kAtomic, ""}},
    KindRule{"MutatingAdmissionPolicyBinding", {"spec.matchResources", kAtomic, ""}},
};

std::vector<KeyField> parse_keys(std::string_view text) {
  std::vector<KeyField> keys;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto one = text.substr(0, comma);
    const auto equals = one.find('=');
    keys.push_back({std::string(one.substr(0, equals)),
                    equals == std::string_view::npos ? std::string() : std::string(one.substr(equals + 1))});
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return keys;
}

void add(Schema& root, std::string_view prefix, const Rule& rule) {
  Schema* at = &root;
  for (auto rest : {prefix, rule.path}) {
    while (!rest.empty()) {
      const auto dot = rest.find('.');
      auto& next = at->fields[std::string(rest.substr(0, dot))];
      if (!next) next = std::make_shared<Schema>();
      at = next.get();
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    }
  }
  at->merge = rule.merge;
  at->keys = parse_keys(rule.keys);
}

std::shared_ptr<const Schema> build(std::string_view kind) {
  auto root = std::make_shared<Schema>();
  for (const auto& rule : kMetadata) add(*root, "", rule);
  for (const auto& [of, rule] : kKindRules) {
    if (of == kind) add(*root, "", rule);
  }
  if (kind == "Pod") {
    for (const auto& rule : kPodSpec) add(*root, "spec", rule);
  }
  if (kind == "Deployment" || kind == "ReplicaSet") {
    for (const auto& rule : kPodSpec) add(*root, "spec.template.spec", rule);
  }
  return root;
}

using Schemas = std::map<std::string_view, std::shared_ptr<const Schema>>;

Schemas build_all() {
  Schemas all;
  for (const auto& [kind, rule] : kKindRules) {
    if (!all.contains(kind)) all.emplace(kind, build(kind));
  }
  return all;
}

}  // namespace

const Schema& Schema::at(std::string_view field) const {
  static const Schema nothing_said;
  const auto found = fields.find(field);
  return found == fields.end() ? nothing_said : *found->second;
}

std::shared_ptr<const Schema> schema_of(std::string_view kind) {
  static const auto known = build_all();
  static const auto any = build({});
  const auto found = known.find(kind);
  return found == known.end() ? any : found->second;
}

std::string item_key(const json::value& item, const Schema& list) {
  if (list.merge == kSet) return "v:" + json::serialize(item);
  const auto* object = item.if_object();
  if (object == nullptr) return {};
  json::object key;
  for (const auto& field : list.keys) {
    if (const auto* value = object->if_contains(field.name)) {
      key[field.name] = *value;
    } else if (!field.fallback.empty()) {
      key[field.name] = field.fallback;
    } else {
      return {};
    }
  }
  return "k:" + json::serialize(key);
}

}  // namespace berth::kubeschema
