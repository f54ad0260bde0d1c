// deploy/pools/lab.yaml, the reference machine: the cluster "default" and the pool "lab" on it.
#pragma once

#include "poolfile/poolfile.hpp"

namespace berth::testsupport {

std::vector<json::value> lab_documents();
poolfile::Declared lab_file();
model::Pool lab_pool();
model::Cluster lab_cluster();

}  // namespace berth::testsupport
