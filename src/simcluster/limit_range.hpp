// LimitRange: what it fills into new pods, and what of pods and claims it refuses. Pure.
#pragma once

#include <string>

#include "simcluster/api_status.hpp"
#include "simcluster/objects.hpp"

namespace berth::simcluster {

/// Fills the default limits and requests into containers that name none, and notes it in the annotation
/// `kubernetes.io/limit-ranger`.
void fill_limits(json::object& pod, const json::object& limit_range);

/// What the range refuses in a pod or claim ("maximum cpu usage per Container is 2, but limit is 4"), or "".
std::string limit_problem(const json::object& object, std::string_view kind, const json::object& limit_range);

}  // namespace berth::simcluster
