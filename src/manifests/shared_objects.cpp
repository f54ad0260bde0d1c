#include "manifests/shared_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <span>
#include <utility>

#include "base/embedded.hpp"
#include "base/yaml.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> shared_objects();  // deploy/policies and the tenants' role
}  // namespace berth::embedded

namespace berth::manifests {
namespace {

constexpr std::string_view kAdmission = "admissionregistration.k8s.io";

constexpr std::array kSharedKinds{
    kClusterRoles,
    KnownResource{kAdmission, "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", false},
    KnownResource{kAdmission, "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding",
                  false},
    KnownResource{kAdmission, "v1", "mutatingadmissionpolicies", "MutatingAdmissionPolicy", false},
    KnownResource{kAdmission, "v1", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding",
                  false},
};

bool mutates(const Object& object) {
  return object.kind.kind.starts_with("Mutating");
}

Result<Object> to_object(const json::value& document) {
  const auto kind = string_at(document, {"kind"});
  const auto version = string_at(document, {"apiVersion"});
  const auto name = string_at(document, {"metadata", "name"});
  if (name.empty()) return fail(Code::kMalformed, fmt::format("a {} without metadata.name", kind));
  const auto known = std::find_if(kSharedKinds.begin(), kSharedKinds.end(), [&](const KnownResource& one) {
    return one.kind == kind && api_version(one) == version;
  });
  if (known == kSharedKinds.end()) {
    return fail(Code::kMalformed, fmt::format("{} {} {} is of no kind that is shared", version, kind, name));
  }
  return Object{.kind = *known, .namespace_name = {}, .name = name, .body = document.as_object()};
}

/// The files are part of the program: one that cannot be read is a fault of its build, and without the fence
/// nothing may run.
[[noreturn]] void built_wrong(std::string_view path, const Error& error) {
  std::fputs(fmt::format("berth was built with a broken deploy/{}: {}\n", path, error.message).c_str(),
             stderr);
  std::abort();
}

std::vector<Object> carried_objects() {
  std::vector<Object> all;
  for (const auto& file : embedded::shared_objects()) {
    auto objects = read_shared_objects(file.bytes);
    if (!objects) built_wrong(file.path, objects.error());
    std::move(objects->begin(), objects->end(), std::back_inserter(all));
  }
  // What help is comes last: the fence does not wait for it.
  std::stable_partition(all.begin(), all.end(), [](const Object& object) { return !mutates(object); });
  return all;
}

}  // namespace

Result<std::vector<Object>> read_shared_objects(std::string_view yaml) {
  const auto documents = yaml_documents(yaml);
  if (!documents) return fail(documents.error());
  std::vector<Object> objects;
  for (const auto& document : *documents) {
    auto object = to_object(document);
    if (!object) return fail(object.error());
    objects.push_back(std::move(*object));
  }
  return objects;
}

std::vector<Object> cluster_objects(const ClusterFacts& cluster) {
  static const auto carried = carried_objects();
  std::vector<Object> wanted;
  for (auto object : carried) {
    if (mutates(object)) {
      if (cluster.mutating_policy_version.empty()) continue;
      object.kind.version = cluster.mutating_policy_version;
      object.body["apiVersion"] = fmt::format("{}/{}", object.kind.group, object.kind.version);
    }
    wanted.push_back(std::move(object));
  }
  return wanted;
}

bool fences(const Object& object) {
  return !mutates(object);
}

}  // namespace berth::manifests
