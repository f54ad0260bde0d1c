// How the apps of a session do. Internal to planning.
#pragma once

#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

struct AppSeen {
  const PodSeen* pod = nullptr;  // the one that says most about it; none lives where this is null
  bool answers = false;
};
/// By the pods of its name in that namespace that are neither finished nor being deleted.
AppSeen see(const manifests::App& app, const std::string& namespace_name, const Observed& observed);

/// One of its pods that a node refused or threw out; null: none that is still there.
const PodSeen* refused(const manifests::App& app, const std::string& namespace_name,
                       const Observed& observed);

/// Why it does not answer, in a sentence; empty when it does.
std::string why_silent(const manifests::App& app, const AppSeen& seen);

/// Whether something of that app may live: where a watch is not heard, a pod may that is not seen.
bool may_live(const std::string& app, const std::string& namespace_name, const Observed& observed);

std::vector<model::Endpoint> endpoints_of(const manifests::SessionSpec& spec);

}  // namespace berth::planning
