// How many GPUs a demand keeps from waiting, and what a number of GPUs carries without: throughput at the
// allowed peak and a slot for each request, whichever takes more. One is the inverse of the other.
#pragma once

#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {

/// GPUs of one copy of the model: the largest of the scenario and its tiers.
double instance_gpus(const Inputs& inputs);

/// N_act of a fleet whose symbol is `fleet`, and N_req.
std::string serviceable_formula(const Inputs& inputs, std::string_view fleet);
std::string required_formula(const Inputs& inputs);

/// Slots for the requests of a demand; beyond kMostWalkedLoad occupancy decides, since large pools hardly
/// queue below it. Never fewer than `slots_needed`.
Maybe<double> slots_for(Evaluation& e, double tokens_per_month);
inline constexpr double kMostWalkedLoad = 2'000;

/// N_need: by throughput, by slots, and in whole instances.
Maybe<double> gpus_that_serve(Evaluation& e, double tokens_per_month);
/// The largest demand for which gpus_that_serve() is not above `serving_gpus`; 0 where they hold no instance.
Maybe<double> demand_that_is_served(Evaluation& e, double serving_gpus);

/// From which demand on as many own GPUs as it takes cost no more than the cloud: for the first time, and
/// for good. They come by the server, so it can be lost again in between.
struct OwnWins {
  Maybe<double> from;
  Maybe<double> for_good;
};
OwnWins own_wins(Evaluation& e);

}  // namespace berth::tokenomics
