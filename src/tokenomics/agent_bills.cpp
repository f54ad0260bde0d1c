#include "tokenomics/agent_bills.hpp"

#include <algorithm>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {

Request billed_tokens(const Tokens& tokens, const std::optional<PrefixCache>& cache) {
  if (!cache)
    return {.input_tokens = tokens.input(),
            .cached_tokens = 0,
            .written_tokens = 0,
            .output_tokens = tokens.output};
  const double anew = cache->keeps_generated_kv ? 0 : tokens.first_reread_output;
  const double resent = tokens.resent_input - anew;
  return {.input_tokens = (1 - cache->hit_ratio) * resent,
          .cached_tokens = cache->hit_ratio * resent,
          .written_tokens = tokens.fresh_input + anew,
          .output_tokens = tokens.output};
}

Request operator*(double times, const Request& request) {
  return {.input_tokens = times * request.input_tokens,
          .cached_tokens = times * request.cached_tokens,
          .written_tokens = times * request.written_tokens,
          .output_tokens = times * request.output_tokens};
}

double cloud_bill(const Request& tokens, const TokenPrices& prices) {
  return (tokens.input_tokens * prices.input_per_mtok + tokens.cached_tokens * prices.cached_per_mtok +
          tokens.written_tokens * prices.written_per_mtok + tokens.output_tokens * prices.output_per_mtok) /
         kTokensPerMtok;
}

double monthly_demand_tokens(double requests_per_month, double tokens_per_request) {
  return requests_per_month * tokens_per_request;
}

Maybe<double> gpu_seconds(double work, double work_tokens_per_second_per_gpu) {
  if (!(work_tokens_per_second_per_gpu > 0)) return none("the throughput is not above zero");
  return work / work_tokens_per_second_per_gpu;
}

Maybe<std::size_t> own_cheaper_from(std::span<const double> cloud_bills, std::span<const double> own_bills) {
  std::size_t row = std::min(cloud_bills.size(), own_bills.size());
  if (row == 0) return none("there are no rows to compare");
  if (!(own_bills[row - 1] <= cloud_bills[row - 1])) return none("the cloud is cheaper up to the last row");
  while (row > 0 && own_bills[row - 1] <= cloud_bills[row - 1]) --row;
  return row;
}

}  // namespace berth::tokenomics
