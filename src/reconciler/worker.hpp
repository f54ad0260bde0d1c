// One thread's means: its own connection to the database and to the cluster.
#pragma once

#include <memory>

#include "reconciler/cluster_writes.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {

struct Worker {
  std::unique_ptr<store::ControlRows> control;
  ClusterWrites writes;
};

}  // namespace berth::reconciler
