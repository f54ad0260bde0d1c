#include "simcluster/controllers.hpp"

namespace berth::simcluster {
namespace {

// Far more than any namespace needs; a controller that never comes to rest is a fault of the simulation.
constexpr int kMaxRounds = 20'000;

}  // namespace

void settle(World& world) {
  std::string ns;
  for (int round = 0; world.take_touched(ns); ++round) {
    if (round == kMaxRounds) {
      world.log().error("controllers do not come to rest", {{"namespace", ns}});
      return;
    }
    if (ns.empty()) {
      run_nodes(world);
      run_volumes(world, ns);
      continue;
    }
    run_namespace(world, ns);
    run_garbage_collection(world, ns);
    run_quotas(world, ns);
    run_deployments(world, ns);
    run_replica_sets(world, ns);
    run_scheduler(world, ns);
    run_volumes(world, ns);
    run_pods(world, ns);
    run_endpoints(world, ns);
  }
}

}  // namespace berth::simcluster
