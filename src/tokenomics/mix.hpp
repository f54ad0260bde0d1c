// What a GPU gets through: a mix of models on whole GPUs, slices and slots, and fresh, cached and generated
// tokens.
#pragma once

#include <span>

#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

/// One size of model in the mix, and what it runs on.
struct Tier {
  double share;                       // of the tokens, 0..1
  double instance_tokens_per_second;  // measured at full load, > 0
  double units_per_instance;          // GPUs, or slices, > 0
  double slices_per_gpu;              // 1 for whole GPUs
  double sharing_efficiency;          // 0..1; below 1 when units are time-shared, which never adds capacity
};
/// G: whole GPUs one instance occupies.
double gpus_per_instance(const Tier& tier);
/// theta_i: tokens per second one whole GPU of this tier makes.
double gpu_tokens_per_second(const Tier& tier);
/// theta: tokens per second of a GPU that serves the whole mix: the token-weighted harmonic mean. None when
/// the shares do not add up to 1, or nothing is to be served.
Maybe<double> mixed_tokens_per_second(std::span<const Tier> tiers);
/// h: share of GPU time a tier takes; and times the unit cost of the mix, c*theta/theta_i, the tier's unit
/// cost.
double time_share(const Tier& tier, double mix_tokens_per_second);
double tier_cost_per_mtok(const Tier& tier, double mix_tokens_per_second, double mix_cost_per_mtok);

/// What must fit the memory an instance runs on.
struct Memory {
  double parameters_billion;
  double bytes_per_parameter;
  double kv_cache_gb;
  double overhead_gb;
};
double needed_gb(const Memory& memory);

/// Tokens of one request by kind.
struct Request {
  double input_tokens;    // fresh
  double cached_tokens;   // read from a prefix cache
  double written_tokens;  // fresh and kept in a prefix cache, which some price lists bill apart
  double output_tokens;

  double total() const { return input_tokens + cached_tokens + written_tokens + output_tokens; }
};
/// Work of a token next to an output token.
struct WorkWeights {
  double input;   // w_in
  double cached;  // w_c
};
double work_tokens(const Request& request, const WorkWeights& weights);

/// What is counted where a rate or a price says "tokens".
enum class Basis { kOutput, kTotal, kWork };
/// Tokens of a request counted in a basis. None when there are none of them.
Maybe<double> tokens_in(Basis basis, const Request& request, const WorkWeights& weights);

/// Input and output price when only a benchmark of whole requests exists.
struct RequestBenchmark {
  double gpu_cost_per_hour;  // g
  double gpus;               // of the benchmarked instance
  double requests_per_second;
  double utilisation;
};
double cost_per_1000_requests(const RequestBenchmark& benchmark);
/// Factor on a reference price pair that makes a request cost what it does. None when the pair makes it free.
Maybe<double> reference_price_scale(double per_1000_requests, double input_tokens, double output_tokens,
                                    double reference_input_per_mtok, double reference_output_per_mtok);

}  // namespace berth::tokenomics
