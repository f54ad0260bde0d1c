// A pod of the API, cut down to what planning needs.
#pragma once

#include <string>

#include "base/json.hpp"
#include "planning/planning.hpp"

namespace berth::reconciler {

planning::PodSeen digest_pod(const json::value& pod);

/// nvidia.com/* names and counts that a Ready node offers; empty when it is not Ready.
std::map<std::string, std::int64_t> node_gpus(const json::value& node);

bool node_ready(const json::value& node);

/// All nvidia.com/* names that a node knows, Ready or not: the quota must name every one.
std::vector<std::string> gpu_names(const json::value& node);

}  // namespace berth::reconciler
