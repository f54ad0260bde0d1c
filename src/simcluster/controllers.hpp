// What makes a simulated cluster move. Each function looks at one namespace and writes what a real controller
// would; run again with nothing changed, it writes nothing. Waits go through World::waited.
#pragma once

#include <string>

#include "simcluster/world.hpp"

namespace berth::simcluster {

/// A new namespace's accounts and ranges; an ending namespace's content, in order.
void run_namespace(World& world, const std::string& ns);
/// Dependents whose owners are gone, owners that wait for their dependents, orphans.
void run_garbage_collection(World& world, const std::string& ns);
void run_quotas(World& world, const std::string& ns);
void run_deployments(World& world, const std::string& ns);
void run_replica_sets(World& world, const std::string& ns);
/// Claims get volumes; claims and volumes that end wait until nobody uses them.
void run_volumes(World& world, const std::string& ns);
/// Pods without a node get one that has room.
void run_scheduler(World& world, const std::string& ns);
/// Pods on nodes start, become Ready, and stop.
void run_pods(World& world, const std::string& ns);
/// Routes, Ingresses and load balancers get their addresses.
void run_endpoints(World& world, const std::string& ns);
/// Nodes of the whole cluster.
void run_nodes(World& world);

}  // namespace berth::simcluster
