// What a sweep decides on: lists of the cluster beside the rows that know of them.
#pragma once

#include <string>

#include "planning/planning.hpp"
#include "reconciler/executor.hpp"

namespace berth::reconciler {

Result<planning::SweepInput> observe_for_sweep(Worker& worker, const kube::Discovery& discovery,
                                               const std::string& installation, const store::Lead& lead);

}  // namespace berth::reconciler
