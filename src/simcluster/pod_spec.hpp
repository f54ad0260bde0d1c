// What pods ask for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simcluster/kube_quantity.hpp"
#include "simcluster/objects.hpp"

namespace berth::simcluster {

using Amounts = std::map<std::string, Quantity>;

/// The pod spec of a Pod, or of the template of a Deployment or ReplicaSet; null for other kinds.
json::object* pod_spec_of(json::object& object, std::string_view kind);

/// An object of quantities. What cannot be read is left out.
Amounts amounts_of(const json::value* quantities);
json::object to_json(const Amounts& amounts);

/// What the whole pod counts as: the sum of its containers, or more where an init container alone asks for
/// more. `part` is "requests" or "limits".
Amounts pod_amounts(const json::object& pod_spec, std::string_view part);

/// "nvidia.com/gpu": a resource that is not one of Kubernetes' own.
bool is_extended(std::string_view resource);

}  // namespace berth::simcluster
