// Pod Security Admission: the standards "baseline" and "restricted", as far as workspaces and tenants meet
// them. Pure.
#pragma once

#include <string>

#include "simcluster/objects.hpp"

namespace berth::simcluster {

/// Why the namespace's `pod-security.kubernetes.io/enforce` label refuses the pod, or "".
std::string pod_security_problem(const json::object& pod, const json::object& ns);

}  // namespace berth::simcluster
