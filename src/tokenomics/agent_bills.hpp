// Tokens of agents as a bill: the classes a price list knows, a month's demand, and the work it is for own
// GPUs.
#pragma once

#include <optional>
#include <span>

#include "tokenomics/agents.hpp"
#include "tokenomics/maybe.hpp"
#include "tokenomics/mix.hpp"

namespace berth::tokenomics {

/// Tokens by the price they are billed at: all input fresh without a cache. With one, never-seen input is
/// written, hits are cached, misses are fresh input.
Request billed_tokens(const Tokens& tokens, const std::optional<PrefixCache>& cache);
Request operator*(double times, const Request& request);

struct TokenPrices {  // money per 1e6 tokens
  double input_per_mtok = 0;
  double cached_per_mtok = 0;
  double written_per_mtok = 0;
  double output_per_mtok = 0;
};
/// Money for the tokens at those prices.
double cloud_bill(const Request& tokens, const TokenPrices& prices);

/// Tokens of a month: requests times tokens of one request.
double monthly_demand_tokens(double requests_per_month, double tokens_per_request);
/// Seconds of a fully loaded GPU for that work (see work_tokens). None unless the throughput is > 0.
Maybe<double> gpu_seconds(double work, double work_tokens_per_second_per_gpu);

/// Index of the first row from which on the own bill stays at or below the cloud bill, up to the last row:
/// own bills rise in steps, so the lines may meet more than once. None when the cloud is cheaper in the last
/// row, or there are no rows. Both lists have one value per row; of a longer list the tail is not looked at.
Maybe<std::size_t> own_cheaper_from(std::span<const double> cloud_bills, std::span<const double> own_bills);

}  // namespace berth::tokenomics
