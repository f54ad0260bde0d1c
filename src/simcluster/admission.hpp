// What happens to an object between the request and the store: namespaces that end refuse it, others fill it
// in, and quotas count it.
#pragma once

#include "simcluster/api_status.hpp"
#include "simcluster/world.hpp"

namespace berth::simcluster {

/// 404 when the namespace is not there; 403 with the cause NamespaceTerminating when it is ending.
Outcome<void> admit_namespace(const World& world, const ResourceType& type, const std::string& ns,
                              std::string_view name);

/// Fills in what admission adds to a new object: service account, limits, node selector, storage class,
/// addresses.
Outcome<void> fill_in(World& world, json::object& object, const ResourceType& type);

/// LimitRange and quota. Quotas are charged here, so this comes last. `before` is null for a new object.
/// With `dry_run` nothing is charged.
Outcome<void> admit(World& world, const json::object* before, const json::object& object,
                    const ResourceType& type, bool dry_run);

}  // namespace berth::simcluster
