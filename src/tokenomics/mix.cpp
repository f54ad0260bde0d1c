#include "tokenomics/mix.hpp"

#include <cmath>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kShareTolerance = 1e-6;
constexpr double kRequestsPerLot = 1000;

}  // namespace

double gpus_per_instance(const Tier& tier) {
  return tier.units_per_instance / tier.slices_per_gpu;
}

double gpu_tokens_per_second(const Tier& tier) {
  return tier.instance_tokens_per_second * tier.sharing_efficiency / gpus_per_instance(tier);
}

Maybe<double> mixed_tokens_per_second(std::span<const Tier> tiers) {
  double shares = 0;
  double seconds_per_token = 0;
  for (const Tier& tier : tiers) {
    shares += tier.share;
    seconds_per_token += tier.share / gpu_tokens_per_second(tier);
  }
  if (!(std::abs(shares - 1) <= kShareTolerance)) return none("the shares of the tiers do not add up to 1");
  if (!(seconds_per_token > 0)) return none("the tiers take no time at all");
  return 1 / seconds_per_token;
}

double time_share(const Tier& tier, double mix_tokens_per_second) {
  return tier.share * mix_tokens_per_second / gpu_tokens_per_second(tier);
}

double tier_cost_per_mtok(const Tier& tier, double mix_tokens_per_second, double mix_cost_per_mtok) {
  return mix_cost_per_mtok * mix_tokens_per_second / gpu_tokens_per_second(tier);
}

double needed_gb(const Memory& memory) {
  return memory.parameters_billion * memory.bytes_per_parameter + memory.kv_cache_gb + memory.overhead_gb;
}

double work_tokens(const Request& request, const WorkWeights& weights) {
  return weights.input * (request.input_tokens + request.written_tokens) +
         weights.cached * request.cached_tokens + request.output_tokens;
}

Maybe<double> tokens_in(Basis basis, const Request& request, const WorkWeights& weights) {
  const double tokens = basis == Basis::kOutput  ? request.output_tokens
                        : basis == Basis::kTotal ? request.total()
                                                 : work_tokens(request, weights);
  if (!(tokens > 0)) return none("a request has no tokens of this basis");
  return tokens;
}

double cost_per_1000_requests(const RequestBenchmark& benchmark) {
  return benchmark.gpu_cost_per_hour * benchmark.gpus * kRequestsPerLot /
         (benchmark.requests_per_second * kSecondsPerHour * benchmark.utilisation);
}

Maybe<double> reference_price_scale(double per_1000_requests, double input_tokens, double output_tokens,
                                    double reference_input_per_mtok, double reference_output_per_mtok) {
  const double reference =
      kRequestsPerLot *
      (input_tokens * reference_input_per_mtok + output_tokens * reference_output_per_mtok) / kTokensPerMtok;
  if (!(reference > 0)) return none("a request costs nothing at the reference prices");
  return per_1000_requests / reference;
}

}  // namespace berth::tokenomics
