// What the API server refuses in an object: the parts of it that Berth relies on.
#pragma once

#include <vector>

#include "simcluster/api_status.hpp"
#include "simcluster/resources.hpp"

namespace berth::simcluster {

/// 400 when a part that the server reads has another JSON kind than it must have ("spec" as a string).
Outcome<void> check_shape(const json::object& object, const ResourceType& type);

/// What is wrong with a new object.
std::vector<Cause> problems_of(const json::object& object, const ResourceType& type);

/// What may not change from `before` to `after`; both have their defaults.
std::vector<Cause> forbidden_changes(const json::object& before, const json::object& after,
                                     const ResourceType& type);

/// What is wrong with a name under the kind's rule, or "".
std::string name_problem(std::string_view name, const ResourceType& type);

}  // namespace berth::simcluster
