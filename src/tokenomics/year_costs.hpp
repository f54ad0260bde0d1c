// The yearly cost of a plant taken apart: what each GPU, each server and the place itself add.
#pragma once

#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

struct YearCosts {
  double per_gpu;             // capital, maintenance, licence, power without load
  double per_server;          // the same of a server without GPUs
  double platform;            // other capital, staff, hosting
  double per_further_server;  // people, space and network of each server but the first
};
/// Adds up to the fixed cost of the annual cost for any number of GPUs and servers.
YearCosts year_costs(Evaluation& e);

}  // namespace berth::tokenomics
