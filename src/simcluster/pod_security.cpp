#include "simcluster/pod_security.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace berth::simcluster {
namespace {

using Problems = std::vector<std::string>;

bool is_true(const json::value& root, std::initializer_list<std::string_view> path) {
  return find_bool(root, path).value_or(false);
}

void check_baseline(const json::value& spec, const std::vector<const json::value*>& containers,
                    Problems& out) {
  std::string host;
  for (const auto* field : {"hostNetwork", "hostPID", "hostIPC"}) {
    if (is_true(spec, {field})) host += fmt::format("{}{}=true", host.empty() ? "" : ", ", field);
  }
  if (!host.empty()) out.push_back(fmt::format("host namespaces ({})", host));
  for (const auto& volume : items(spec.get_object(), {"volumes"})) {
    if (berth::find(volume, {"hostPath"}) != nullptr) {
      out.push_back(fmt::format("hostPath volumes (volume \"{}\")", string_at(volume, {"name"})));
    }
  }
  constexpr std::array<std::string_view, 13> kAllowed{
      "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
      "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};
  for (const auto* container : containers) {
    const auto name = string_at(*container, {"name"});
    if (is_true(*container, {"securityContext", "privileged"})) {
      out.push_back(
          fmt::format("privileged (container \"{}\" must not set securityContext.privileged=true)", name));
    }
    for (const auto& added : items(container->get_object(), {"securityContext", "capabilities", "add"})) {
      const auto one = added.is_string() ? std::string(added.get_string()) : std::string();
      if (std::ranges::find(kAllowed, one) == kAllowed.end()) {
        out.push_back(
            fmt::format("non-default capabilities (container \"{}\" must not include \"{}\" in "
                        "securityContext.capabilities.add)",
                        name, one));
      }
    }
    for (const auto& port : items(container->get_object(), {"ports"})) {
      const auto number = find_int(port, {"hostPort"}).value_or(0);
      if (number != 0)
        out.push_back(fmt::format("hostPort (container \"{}\" uses hostPort {})", name, number));
    }
  }
}

void check_restricted(const json::value& spec, const std::vector<const json::value*>& containers,
                      Problems& out) {
  const bool pod_non_root = is_true(spec, {"securityContext", "runAsNonRoot"});
  const bool pod_seccomp = !string_at(spec, {"securityContext", "seccompProfile", "type"}).empty();
  for (const auto* container : containers) {
    const auto name = string_at(*container, {"name"});
    if (find_bool(*container, {"securityContext", "allowPrivilegeEscalation"}).value_or(true)) {
      out.push_back(
          fmt::format("allowPrivilegeEscalation != false (container \"{}\" must set "
                      "securityContext.allowPrivilegeEscalation=false)",
                      name));
    }
    const auto& dropped = items(container->get_object(), {"securityContext", "capabilities", "drop"});
    if (std::ranges::find(dropped, json::value("ALL")) == dropped.end()) {
      out.push_back(
          fmt::format("unrestricted capabilities (container \"{}\" must set "
                      "securityContext.capabilities.drop=[\"ALL\"])",
                      name));
    }
    if (!pod_non_root && !is_true(*container, {"securityContext", "runAsNonRoot"})) {
      out.push_back(
          fmt::format("runAsNonRoot != true (pod or container \"{}\" must set "
                      "securityContext.runAsNonRoot=true)",
                      name));
    }
    if (!pod_seccomp && string_at(*container, {"securityContext", "seccompProfile", "type"}).empty()) {
      out.push_back(fmt::format(
          "seccompProfile (pod or container \"{}\" must set securityContext.seccompProfile.type to "
          "\"RuntimeDefault\" or \"Localhost\")",
          name));
    }
  }
}

}  // namespace

std::string pod_security_problem(const json::object& pod, const json::object& ns) {
  const auto level = text(ns, {"metadata", "labels", "pod-security.kubernetes.io/enforce"});
  if (level != "baseline" && level != "restricted") return {};
  auto version = text(ns, {"metadata", "labels", "pod-security.kubernetes.io/enforce-version"});
  if (version.empty()) version = "latest";
  const auto* spec = find(pod, {"spec"});
  if (spec == nullptr || !spec->is_object()) return {};
  std::vector<const json::value*> containers;
  for (const auto* list : {"initContainers", "containers"}) {
    for (const auto& container : items(pod, {"spec", list})) {
      if (container.is_object()) containers.push_back(&container);
    }
  }
  Problems problems;
  check_baseline(*spec, containers, problems);
  if (level == "restricted") check_restricted(*spec, containers, problems);
  std::string list;
  for (const auto& problem : problems) list += (list.empty() ? "" : ", ") + problem;
  return list.empty() ? list : fmt::format("violates PodSecurity \"{}:{}\": {}", level, version, list);
}

}  // namespace berth::simcluster
