#include "tokenomics/sourcing.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "tokenomics/numbers.hpp"
#include "tokenomics/packing.hpp"
#include "tokenomics/sizing.hpp"
#include "tokenomics/sourcing_words.hpp"
#include "tokenomics/spread.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {

namespace {

// Costs closer than this are equal: the sums behind them are rounded.
constexpr double kEqualCost = 1e-12;

/// Tokens and hours above a level.
struct Above {
  double tokens = 0;
  double hours = 0;
};

/// The profile sorted, with sums from the top: what lies above a level is found without going through the
/// hours.
class LoadDuration {
 public:
  explicit LoadDuration(std::span<const double> tokens_per_hour)
      : highest_first_(tokens_per_hour.begin(), tokens_per_hour.end()), sums_(tokens_per_hour.size() + 1, 0) {
    std::sort(highest_first_.begin(), highest_first_.end(), std::greater<>());
    std::partial_sum(highest_first_.begin(), highest_first_.end(), sums_.begin() + 1);
  }
  double total() const { return sums_.back(); }
  double highest() const { return highest_first_.front(); }
  double hours() const { return static_cast<double>(highest_first_.size()); }
  Above above(double level) const {
    const auto end = std::partition_point(highest_first_.begin(), highest_first_.end(),
                                          [&](double tokens) { return tokens > level; });
    const double count = static_cast<double>(end - highest_first_.begin());
    const double sum = sums_[static_cast<std::size_t>(end - highest_first_.begin())];
    return {.tokens = std::max(sum - count * level, 0.0), .hours = count};
  }

 private:
  std::vector<double> highest_first_;
  std::vector<double> sums_;
};

double level_of(const OwnCost& own, std::int64_t own_gpus) {
  return static_cast<double>(own_gpus) * own.tokens_per_hour_per_gpu;
}

SourcingOption option_of(const Sourcing& sourcing, std::int64_t own_gpus, const LoadDuration& load) {
  const OwnCost& own = sourcing.own;
  const double per_year = kHoursPerYear / load.hours();
  const auto overflow = load.above(level_of(own, own_gpus));
  SourcingOption out{.own_gpus = own_gpus};
  if (own_gpus > 0) {
    const auto per_server = static_cast<double>(own.gpus_per_server);
    out.installed_gpus =
        static_cast<std::int64_t>(std::ceil(required_gpus({.factor = own.redundancy_factor,
                                                           .spare_gpus = static_cast<double>(own.spare_gpus),
                                                           .gpus_per_server = per_server,
                                                           .sold_by_server = own.sold_by_server,
                                                           .spare_servers = own.spare_servers,
                                                           .gpus_per_instance = own.gpus_per_instance},
                                                          static_cast<double>(own_gpus))));
    out.servers = (out.installed_gpus + own.gpus_per_server - 1) / own.gpus_per_server;
    out.fixed_cost = own.platform_cost_per_year +
                     own.cost_per_gpu_year * static_cast<double>(out.installed_gpus) +
                     own.cost_per_server_year * static_cast<double>(out.servers) +
                     own.cost_per_further_server_year * static_cast<double>(out.servers - 1);
  }
  out.cloud_tokens = per_year * overflow.tokens;
  out.own_tokens = per_year * (load.total() - overflow.tokens);
  out.energy_cost = out.own_tokens * own.energy_cost_per_mtok / kTokensPerMtok;
  out.cloud_cost = out.cloud_tokens * sourcing.cloud_price_per_mtok / kTokensPerMtok;
  out.cost = out.fixed_cost + out.energy_cost + out.cloud_cost;
  out.overflow_hours_share = overflow.hours / load.hours();
  return out;
}

std::optional<Error> fault_of(const Sourcing& sourcing) {
  std::optional<Error> fault;
  const auto check = [&](const std::string& field, double value, bool good, const std::string& limit) {
    if (fault || (good && std::isfinite(value))) return;
    fault = invalid_field(field, number_text(value), limit, field + " must be " + limit + ".");
  };
  const auto money = [&](const char* field, double value) { check(field, value, value >= 0, "0 or more"); };
  const OwnCost& own = sourcing.own;
  money("cost_per_gpu_year", own.cost_per_gpu_year);
  money("cost_per_server_year", own.cost_per_server_year);
  money("platform_cost_per_year", own.platform_cost_per_year);
  money("energy_cost_per_mtok", own.energy_cost_per_mtok);
  money("cloud_price_per_mtok", sourcing.cloud_price_per_mtok);
  check("tokens_per_hour_per_gpu", own.tokens_per_hour_per_gpu, own.tokens_per_hour_per_gpu > 0, "above 0");
  check("gpus_per_server", static_cast<double>(own.gpus_per_server),
        own.gpus_per_server >= 1 && own.gpus_per_server <= kMaxSourcingGpus,
        "1 to " + std::to_string(kMaxSourcingGpus));
  check("spare_gpus", static_cast<double>(own.spare_gpus),
        own.spare_gpus >= 0 && own.spare_gpus <= kMaxSourcingGpus,
        "0 to " + std::to_string(kMaxSourcingGpus));
  const std::size_t hours = sourcing.tokens_per_hour.size();
  check("profile", static_cast<double>(hours), hours >= 1 && hours <= kMaxProfileHours,
        "1 to " + std::to_string(kMaxProfileHours) + " hours");
  for (std::size_t h = 0; h < hours && !fault; ++h) {
    const double tokens = sourcing.tokens_per_hour[h];
    const bool good = std::isfinite(tokens) && tokens >= 0;
    if (!good) check("profile[" + std::to_string(h) + "]", tokens, false, "0 or more");
  }
  return fault;
}

/// The fewest own GPUs among those of least cost.
std::int64_t least_cost_gpus(const Sourcing& sourcing, const LoadDuration& load, std::int64_t most) {
  std::vector<double> costs;
  costs.reserve(static_cast<std::size_t>(most) + 1);
  for (std::int64_t gpus = 0; gpus <= most; ++gpus) costs.push_back(option_of(sourcing, gpus, load).cost);
  const double least = *std::min_element(costs.begin(), costs.end());
  const auto first =
      std::find_if(costs.begin(), costs.end(), [&](double cost) { return cost <= least * (1 + kEqualCost); });
  return first - costs.begin();
}

std::vector<SourcingOption> curve_of(const Sourcing& sourcing, const LoadDuration& load, std::int64_t least,
                                     std::int64_t most) {
  auto gpus = spread(0, most, static_cast<std::int64_t>(kMaxSourcingCurveRows) - 1);
  const auto place = std::lower_bound(gpus.begin(), gpus.end(), least);
  if (*place != least) gpus.insert(place, least);  // the lowest point of the curve is always drawn
  std::vector<SourcingOption> curve;
  curve.reserve(gpus.size());
  for (const std::int64_t at : gpus) curve.push_back(option_of(sourcing, at, load));
  return curve;
}

SourcingVerdict verdict_of(const SourcingPlan& plan, double carried_per_hour) {
  if (plan.least.own_gpus == 0) return SourcingVerdict::kCloud;
  return carried_per_hour >= kOwnShareOfPeak * plan.peak_tokens_per_hour ? SourcingVerdict::kOwn
                                                                         : SourcingVerdict::kBoth;
}

}  // namespace

const char* to_string(SourcingVerdict verdict) {
  switch (verdict) {
    case SourcingVerdict::kCloud:
      return "cloud";
    case SourcingVerdict::kOwn:
      return "own";
    case SourcingVerdict::kBoth:
      return "both";
  }
  return "cloud";
}

Result<SourcingPlan> plan_sourcing(const Sourcing& sourcing) {
  if (auto fault = fault_of(sourcing)) return fail(std::move(*fault));
  const LoadDuration load(sourcing.tokens_per_hour);
  const auto most = needed_instances(load.highest(), sourcing.own.tokens_per_hour_per_gpu, 1);
  if (!most || *most > kMaxSourcingGpus)
    return fail(invalid_field(
        "profile", number_text(load.highest()),
        "at most " + std::to_string(kMaxSourcingGpus) + " GPUs in the highest hour",
        "The highest hour of the profile needs more than " + std::to_string(kMaxSourcingGpus) + " GPUs."));
  const std::int64_t best = least_cost_gpus(sourcing, load, *most);
  SourcingPlan plan{.least = option_of(sourcing, best, load),
                    .all_cloud = option_of(sourcing, 0, load),
                    .all_own = option_of(sourcing, *most, load),
                    .mix = std::nullopt,
                    .least_own = std::nullopt,
                    .verdict = SourcingVerdict::kCloud,
                    .words = {},
                    .mean_tokens_per_hour = load.total() / load.hours(),
                    .peak_tokens_per_hour = load.highest(),
                    .curve = curve_of(sourcing, load, best, *most)};
  for (std::int64_t gpus = 1; gpus <= *most; ++gpus) {
    const SourcingOption option = option_of(sourcing, gpus, load);
    if (!plan.least_own || option.cost < plan.least_own->cost) plan.least_own = option;
    if (option.cloud_tokens > 0 && option.own_tokens > 0 && (!plan.mix || option.cost < plan.mix->cost))
      plan.mix = option;
  }
  plan.verdict = verdict_of(plan, level_of(sourcing.own, best));
  plan.words = sourcing_words(sourcing, plan);
  return plan;
}

double busy_share(std::span<const double> tokens_per_hour, double tokens_per_hour_per_gpu,
                  std::int64_t unit) {
  if (tokens_per_hour.empty()) return 0;
  const double before = static_cast<double>(unit - 1);
  double busy = 0;
  for (const double tokens : tokens_per_hour)
    busy += std::clamp(tokens / tokens_per_hour_per_gpu - before, 0.0, 1.0);
  return busy / static_cast<double>(tokens_per_hour.size());
}

Maybe<double> breakeven_busy_share(const OwnCost& own, double cloud_price_per_mtok) {
  const double gain_per_mtok = cloud_price_per_mtok - own.energy_cost_per_mtok;
  if (!(gain_per_mtok > 0))
    return none("the energy of a token alone costs as much as the token in the cloud");
  const double per_gpu =
      own.cost_per_gpu_year + own.cost_per_server_year / static_cast<double>(own.gpus_per_server);
  return kTokensPerMtok * per_gpu / (gain_per_mtok * own.tokens_per_hour_per_gpu * kHoursPerYear);
}

std::int64_t units_that_pay(const Sourcing& sourcing) {
  const auto pays_from = breakeven_busy_share(sourcing.own, sourcing.cloud_price_per_mtok);
  if (!pays_from || sourcing.tokens_per_hour.empty()) return 0;
  const double highest = *std::max_element(sourcing.tokens_per_hour.begin(), sourcing.tokens_per_hour.end());
  const auto most = needed_instances(highest, sourcing.own.tokens_per_hour_per_gpu, 1);
  // No unit is busier than the one before it, so the border is found by halving.
  std::int64_t pays = 0;
  std::int64_t beyond = most.value_or(kMaxSourcingGpus) + 1;
  while (beyond - pays > 1) {
    const std::int64_t middle = pays + (beyond - pays) / 2;
    const double busy = busy_share(sourcing.tokens_per_hour, sourcing.own.tokens_per_hour_per_gpu, middle);
    (busy >= *pays_from ? pays : beyond) = middle;
  }
  return pays;
}

}  // namespace berth::tokenomics
