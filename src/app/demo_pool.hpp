// The demo's pool: the reference pool, or a file's, fitted to the cluster it is to run on.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kube/kube.hpp"
#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "poolfile/node_labels.hpp"

namespace berth::app {

struct DemoPool {
  model::Cluster cluster;
  model::Pool pool;
  poolfile::NodeLabels labels{};
  std::string marks;  // what its file has as an example alone, a line for people
};

/// The first pool of the file and the cluster that it names, which must be in the file too; the reference
/// pool where the path is empty.
Result<DemoPool> read_pool(const std::string& path);

/// On a simulated cluster workspaces are pages on this machine.
void fit_to_simulation(model::Cluster& cluster, int pages_port);

/// On a real cluster: what the cluster can tell is asked there (OpenShift or not, the apps domain, the API
/// server's addresses, where pods, Services and nodes are, which node has the units); what it cannot tell
/// stays as the file has it. Gives a line for people about each.
Result<std::vector<std::string>> fit_to_cluster(DemoPool& demo, kube::Client& client);

}  // namespace berth::app
