// ResourceQuota arithmetic: what an object counts as, what a quota counts, and the refusals in the API's
// words. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "simcluster/api_status.hpp"
#include "simcluster/pod_spec.hpp"
#include "simcluster/resources.hpp"

namespace berth::simcluster {

/// What `object` adds to each quota key, e.g. {"pods": 1, "requests.cpu": 2, "cpu": 2}. Finished pods, and
/// pods whose grace period after deletion is over, count only under "count/pods".
Amounts quota_usage(const json::object& object, const ResourceType& type, Instant now);

/// The keys of `hard` that anything counts. Others ("nvidia.com/gpu" without "requests.") are stored and
/// never enforced.
std::set<std::string> counted_keys(const Amounts& hard);

/// True when the quota's scopes take in this pod. Quotas without scopes take in everything.
bool in_scope(const json::object& quota, const json::object& object, const ResourceType& type);

/// One quota's answer to a new object that adds `delta`: its usage afterwards, or nothing when it is not
/// concerned, or the refusal. `status.hard` is what is enforced, not `spec.hard`; while `status.used` lacks a
/// key that matters, all is refused.
struct Charge {
  Amounts used;
};
Outcome<std::optional<Charge>> charge(const json::object& quota, const json::object& object,
                                      const ResourceType& type, const Amounts& delta);

}  // namespace berth::simcluster
