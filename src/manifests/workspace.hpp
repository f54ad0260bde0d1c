// The parts of the workspace's kind. Inside this module only.
#pragma once

#include <vector>

#include "manifests/manifests.hpp"

namespace berth::manifests {

std::vector<Object> workspace_objects(const SessionSpec& spec, const App& app);
std::vector<Object> workspace_endpoint(const SessionSpec& spec, const App& app);

}  // namespace berth::manifests
