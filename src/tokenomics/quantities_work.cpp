// Throughput of the mix, and what a million tokens cost at it.
#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

Wording mix_wording(const Inputs& inputs) {
  if (inputs.tiers.empty()) return {.formula = "tau"};
  std::string numbers = "1/(";
  for (std::size_t index = 0; index < inputs.tiers.size(); ++index) {
    if (index > 0) numbers += " + ";
    numbers += number_text(inputs.tiers[index].share) + "/" +
               number_text(gpu_tokens_per_second(tier_of(inputs.tiers[index])));
  }
  return {.formula = "1/sum(f_i/theta_i)", .numbers = numbers + ")"};
}

Wording basis_wording(const Inputs& inputs) {
  switch (static_cast<Basis>(static_cast<int>(inputs[In::kBasis]))) {
    case Basis::kOutput:
      return {.formula = "n_out"};
    case Basis::kTotal:
      return {.formula = "n_total"};
    case Basis::kWork:
      break;
  }
  return {.formula = "n_work"};
}

Wording benchmark_wording(const Inputs& inputs) {
  switch (static_cast<Basis>(static_cast<int>(inputs[In::kThroughputBasis]))) {
    case Basis::kOutput:
      return {.formula = "(w_in*isl + osl)/osl"};
    case Basis::kTotal:
      return {.formula = "(w_in*isl + osl)/(isl + osl)"};
    case Basis::kWork:
      break;
  }
  return {.formula = "1"};
}

Request benchmark_request(Evaluation& e) {
  return {.input_tokens = e(In::kBenchmarkInputTokens),
          .cached_tokens = 0,
          .written_tokens = 0,
          .output_tokens = e(In::kBenchmarkOutputTokens)};
}

Maybe<double> next_block_cost(Evaluation& e) {
  const Plant plant = plant_of(e);
  const double step = e.flag(In::kSoldByServer) ? e(In::kGpusPerServer) : 1;
  const double utilisation = e(Q::kInstalledUtilisation);
  const AnnualCost now = annual_cost(plant, e(In::kGpus));
  const AnnualCost more = annual_cost(plant, e(In::kGpus) + step);
  return per_mtok_from_per_year(more.at(utilisation) - now.at(utilisation),
                                (more.capacity_tokens_per_year - now.capacity_tokens_per_year) * utilisation);
}

Maybe<double> request_cost(Evaluation& e) {
  if (!e.has(In::kBenchmarkRequestRate)) return none("no request rate was measured");
  return cost_per_1000_requests({.gpu_cost_per_hour = e(Q::kGpuHourRate),
                                 .gpus = e(In::kBenchmarkGpus),
                                 .requests_per_second = e(In::kBenchmarkRequestRate),
                                 .utilisation = e(Q::kInstalledUtilisation)});
}

constexpr QuantityInfo kQuantities[] = {
    {Q::kMixThroughput, "mix_throughput", "tau_mix", "tokens/s", "tau, or 1/sum(f_i/theta_i) of the tiers",
     [](Evaluation& e) -> Maybe<double> {
       if (e.inputs().tiers.empty()) return e(In::kThroughput);
       std::vector<Tier> tiers;
       tiers.reserve(e.inputs().tiers.size());
       for (const TierInput& tier : e.inputs().tiers) tiers.push_back(tier_of(tier));
       return mixed_tokens_per_second(tiers);
     },
     mix_wording},
    {Q::kRequestTokens, "request_tokens", "n_total", "tokens", "n_in + n_c + n_w + n_out",
     [](Evaluation& e) -> Maybe<double> { return request_of(e).total(); }},
    {Q::kWorkTokens, "work_tokens_per_request", "n_work", "work tokens",
     "w_in*(n_in + n_w) + w_c*n_c + n_out",
     [](Evaluation& e) -> Maybe<double> { return work_tokens(request_of(e), weights_of(e)); }},
    {Q::kBasisTokens, "basis_tokens_per_request", "n_basis", "tokens", "n_out, n_total or n_work, by basis",
     [](Evaluation& e) -> Maybe<double> {
       const auto basis = basis_of(e, In::kBasis);
       if (basis == Basis::kOutput && !(e(In::kOutputTokens) > 0))
         return none("a request has no output tokens");
       const double tokens = basis == Basis::kOutput  ? e(In::kOutputTokens)
                             : basis == Basis::kTotal ? e(Q::kRequestTokens)
                                                      : e(Q::kWorkTokens);
       if (!(tokens > 0)) return none("a request has no tokens of this basis");
       return tokens;
     },
     basis_wording},
    {Q::kBenchmarkWork, "work_per_benchmark_token", "w_bench", "",
     "(w_in*isl + osl)/tokens, by throughput_basis",
     [](Evaluation& e) -> Maybe<double> {
       const auto basis = basis_of(e, In::kThroughputBasis);
       if (basis == Basis::kWork) return 1.0;
       const Request request = benchmark_request(e);
       const auto tokens = tokens_in(basis, request, weights_of(e));
       if (!tokens) return tokens;
       return work_tokens(request, weights_of(e)) / *tokens;
     },
     benchmark_wording},
    {Q::kGpuThroughput, "gpu_throughput", "theta", "tokens/s", "sigma*tau_mix*w_bench*n_basis/n_work",
     [](Evaluation& e) -> Maybe<double> {
       if (!(e(Q::kWorkTokens) > 0)) return none("a request takes no work");
       return e(In::kServiceFactor) * e(Q::kMixThroughput) *
              (e(Q::kBenchmarkWork) * e(Q::kBasisTokens) / e(Q::kWorkTokens));
     }},
    {Q::kFleetThroughput, "fleet_throughput", "Theta", "tokens/s", "N*theta",
     [](Evaluation& e) -> Maybe<double> { return e(In::kGpus) * e(Q::kGpuThroughput); }},
    {Q::kCapacityTokensPerYear, "capacity_tokens_per_year", "T_max", "tokens/yr", "Theta*3600*8760*alpha",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kFleetThroughput) * kSecondsPerHour * kHoursPerYear * e(In::kAvailability);
     }},
    {Q::kProcessedTokensPerYear, "processed_tokens_per_year", "T", "tokens/yr", "u*T_max",
     [](Evaluation& e) -> Maybe<double> {
       return e(Q::kInstalledUtilisation) * e(Q::kCapacityTokensPerYear);
     }},
    {Q::kFixedCostPerMtok, "fixed_cost_per_mtok", "a", "money/Mtok", "1e6*F/T_max",
     [](Evaluation& e) -> Maybe<double> {
       return per_mtok_from_per_year(e(Q::kFixedCostPerYear), e(Q::kCapacityTokensPerYear));
     }},
    {Q::kVariableCostPerMtok, "variable_cost_per_mtok", "b", "money/Mtok", "1e6*V/T_max",
     [](Evaluation& e) -> Maybe<double> {
       return per_mtok_from_per_year(e(Q::kVariableCostPerYear), e(Q::kCapacityTokensPerYear));
     }},
    {Q::kUnitCost, "unit_cost", "c", "money/Mtok", "a/u + b",
     [](Evaluation& e) -> Maybe<double> { return unit_line_of(e).at(e(Q::kInstalledUtilisation)); }},
    {Q::kNextBlockCostPerMtok, "next_block_cost_per_mtok", "c_next", "money/Mtok",
     "1e6*(cost of the next GPU or server per year)/(u*its tokens per year)", next_block_cost, in_words},
    {Q::kDoublingRatio, "doubling_ratio", "c_2u/c_u", "", "(a/(2*u) + b)/(a/u + b)",
     [](Evaluation& e) -> Maybe<double> {
       if (e(Q::kInstalledUtilisation) > 0.5) return none("a utilisation above 0.5 cannot double");
       return doubling_ratio(unit_line_of(e), e(Q::kInstalledUtilisation));
     }},
    {Q::kTargetUtilisation, "target_utilisation", "u_t", "share", "a/(c_t - b)",
     [](Evaluation& e) -> Maybe<double> {
       if (!e.has(In::kTargetCost)) return none("no target cost is given");
       return utilisation_for_price(unit_line_of(e), e(In::kTargetCost));
     }},
    {Q::kWorkCostPerMtok, "work_cost_per_mtok", "c_work", "money/Mtok", "c*n_basis/n_work",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kUnitCost) * e(Q::kBasisTokens) / e(Q::kWorkTokens); }},
    {Q::kOwnInputPrice, "own_input_price", "c_in", "money/Mtok", "w_in*c_work",
     [](Evaluation& e) -> Maybe<double> { return e(In::kInputWeight) * e(Q::kWorkCostPerMtok); }},
    {Q::kOwnCachedPrice, "own_cached_price", "c_cached", "money/Mtok", "w_c*c_work",
     [](Evaluation& e) -> Maybe<double> { return e(In::kCachedWeight) * e(Q::kWorkCostPerMtok); }},
    {Q::kOwnOutputPrice, "own_output_price", "c_out", "money/Mtok", "c_work",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kWorkCostPerMtok); }},
    {Q::kCostPer1000Requests, "cost_per_1000_requests", "cost_1000", "money", "g*N_bench*1000/(rps*3600*u)",
     request_cost},
    {Q::kRequestPriceScale, "request_price_scale", "scale", "", "cost_1000/(1000*(isl*p_in + osl*p_out)/1e6)",
     [](Evaluation& e) -> Maybe<double> {
       return reference_price_scale(e(Q::kCostPer1000Requests), e(In::kBenchmarkInputTokens),
                                    e(In::kBenchmarkOutputTokens), e(In::kCloudInputPrice),
                                    e(In::kCloudOutputPrice));
     }},
    {Q::kRequestInputPrice, "request_input_price", "c_in_req", "money/Mtok", "scale*p_in",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kRequestPriceScale) * e(In::kCloudInputPrice); }},
    {Q::kRequestOutputPrice, "request_output_price", "c_out_req", "money/Mtok", "scale*p_out",
     [](Evaluation& e) -> Maybe<double> { return e(Q::kRequestPriceScale) * e(In::kCloudOutputPrice); }},
};

}  // namespace

std::span<const QuantityInfo> work_quantities() {
  return kQuantities;
}

}  // namespace berth::tokenomics
