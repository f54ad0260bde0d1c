#include "tokenomics/sourcing_words.hpp"

#include "tokenomics/numbers.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {

namespace {

constexpr double kShownShare = 0.001;

/// Rounding must not turn a little into nothing, nor nearly all into all.
std::string share_text(double share) {
  if (share > 0 && share < kShownShare) return "under 0.1 %";
  if (share < 1 && share > 1 - kShownShare) return "over 99.9 %";
  return percent_text(share);
}

std::string gpus_text(std::int64_t gpus) {
  return std::to_string(gpus) + (gpus == 1 ? " GPU" : " GPUs");
}

std::string why_cloud(const Sourcing& sourcing, const SourcingPlan& plan) {
  if (!(plan.peak_tokens_per_hour > 0)) return "Cloud: there is no demand, so there is nothing to own.";
  const auto pays_from = breakeven_busy_share(sourcing.own, sourcing.cloud_price_per_mtok);
  if (!pays_from) return "Cloud: " + std::string(pays_from.reason()) + ".";
  if (*pays_from > 1)
    return "Cloud: at this cloud price an own GPU does not pay even when it is always busy.";
  if (!plan.least_own) return "Cloud: there is no demand, so there is nothing to own.";
  const SourcingOption& own = *plan.least_own;
  const double capacity =
      static_cast<double>(own.own_gpus) * sourcing.own.tokens_per_hour_per_gpu * kHoursPerYear;
  const double gain = (sourcing.cloud_price_per_mtok - sourcing.own.energy_cost_per_mtok) / kTokensPerMtok;
  const double pays = own.fixed_cost / (gain * capacity);
  const std::string bought =
      own.installed_gpus == own.own_gpus ? "" : ", " + std::to_string(own.installed_gpus) + " bought,";
  const std::string what =
      std::to_string(own.own_gpus) + " own " + (own.own_gpus == 1 ? "GPU" : "GPUs") + bought;
  if (pays > 1) return "Cloud: " + what + " would not pay even when always busy.";
  return "Cloud: " + what + " would be busy " + share_text(own.own_tokens / capacity) +
         " of what the peak allows and pays from " + percent_text(pays) + " on.";
}

}  // namespace

std::string sourcing_words(const Sourcing& sourcing, const SourcingPlan& plan) {
  const SourcingOption& least = plan.least;
  if (plan.verdict == SourcingVerdict::kCloud) return why_cloud(sourcing, plan);
  const std::string share = share_text(least.own_tokens / (least.own_tokens + least.cloud_tokens));
  const std::string hours = share_text(least.overflow_hours_share) + " of the hours";
  if (plan.verdict == SourcingVerdict::kBoth)
    return "Both: own " + gpus_text(least.own_gpus) + " for the steady base, " + share +
           " of the tokens; the cloud for the peaks above it, in " + hours + ".";
  if (least.cloud_tokens > 0)
    return "Own: " + gpus_text(least.own_gpus) + " for " + share +
           " of the tokens; the cloud only takes the tips, in " + hours + ".";
  return "Own: " + gpus_text(least.own_gpus) + " for all tokens.";
}

}  // namespace berth::tokenomics
