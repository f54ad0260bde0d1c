// The objects of each start step, one source file a step. Inside this module only.
#pragma once

#include <vector>

#include "manifests/manifests.hpp"

namespace berth::manifests {

std::vector<Object> namespace_objects(const SessionSpec& spec);
std::vector<Object> quota_objects(const SessionSpec& spec);
std::vector<Object> limit_objects(const SessionSpec& spec);
std::vector<Object> network_objects(const SessionSpec& spec);
std::vector<Object> access_objects(const SessionSpec& spec);
std::vector<Object> storage_objects(const SessionSpec& spec);
std::vector<Object> config_objects(const SessionSpec& spec);
std::vector<Object> workspace_objects(const SessionSpec& spec);
std::vector<Object> endpoint_objects(const SessionSpec& spec);

}  // namespace berth::manifests
