// What a million tokens cost at the utilisation of the scenario.
#include "tokenomics/answers.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/plant.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

constexpr Q kAsked[] = {Q::kUnitCost,
                        Q::kVariableCostPerMtok,
                        Q::kFixedCostPerMtok,
                        Q::kDoublingRatio,
                        Q::kNextBlockCostPerMtok,
                        Q::kTargetUtilisation,
                        Q::kOwnInputPrice,
                        Q::kOwnCachedPrice,
                        Q::kOwnOutputPrice,
                        Q::kCloudPrice,
                        Q::kCapital,
                        Q::kResidualValue,
                        Q::kAnnualCapital,
                        Q::kAnnualCapitalStraightLine,
                        Q::kFixedCostPerYear,
                        Q::kVariableCostPerYear,
                        Q::kAnnualCost,
                        Q::kIdleCostPerYear,
                        Q::kUsedCostPerYear,
                        Q::kItPowerWatts,
                        Q::kElectricityPerYear,
                        Q::kCoolingPerYear,
                        Q::kEnergyPerYear,
                        Q::kEnergyKwhPerYear,
                        Q::kStaffPerYear,
                        Q::kInstalledUtilisation,
                        Q::kUtilisationCeiling,
                        Q::kReachableUtilisation,
                        Q::kDemandUtilisation,
                        Q::kGpuThroughput,
                        Q::kFleetThroughput,
                        Q::kCapacityTokensPerYear,
                        Q::kProcessedTokensPerYear,
                        Q::kCostPerHour,
                        Q::kGpuHourRate,
                        Q::kSliceHourRate,
                        Q::kBookedGpuHourRate,
                        Q::kCostPer1000Requests};

json::value or_null(const Maybe<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

/// What is assumed is told apart from what the demand gives.
std::string use_by_demand(Evaluation& e, double utilisation) {
  const auto given = e.get(Q::kDemandUtilisation);
  if (!given) return "; " + std::string(given.reason());
  if (percent_text(*given) == percent_text(utilisation)) return {};
  return "; this demand gives " + percent_text(*given);
}

constexpr double kRounding = 1e-9;

bool beyond(double utilisation, double reachable) {
  return utilisation > reachable * (1 + kRounding);
}

json::array tiers_table(Evaluation& e) {
  json::array out;
  const auto mix = e.get(Q::kMixThroughput);
  const auto cost = e.get(Q::kUnitCost);
  for (const TierInput& input : e.inputs().tiers) {
    const Tier tier = tier_of(input);
    json::object row{
        {"name", input.name}, {"share", tier.share}, {"gpu_throughput", gpu_tokens_per_second(tier)}};
    row["time_share"] = mix ? json::value(time_share(tier, *mix)) : json::value(nullptr);
    row["unit_cost"] =
        mix && cost ? json::value(tier_cost_per_mtok(tier, *mix, *cost)) : json::value(nullptr);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

std::string out_of_reach(Evaluation& e, double utilisation) {
  const auto reachable = e.get(Q::kReachableUtilisation);
  if (!reachable || !beyond(utilisation, *reachable)) return {};
  return "out of reach: sized for the peak, these GPUs carry " + percent_text(*reachable) + " at most";
}

json::array cost_parts(Evaluation& e) {
  const auto total = e.get(Q::kAnnualCost);
  const auto tokens = e.get(Q::kProcessedTokensPerYear);
  json::array out;
  const auto add = [&](std::string_view name, const Maybe<double>& per_year) {
    json::object row{
        {"name", name}, {"per_year", or_null(per_year)}, {"per_mtok", nullptr}, {"share", nullptr}};
    if (per_year && tokens) row["per_mtok"] = per_mtok_from_per_year(*per_year, *tokens);
    if (per_year && total && *total > 0) row["share"] = *per_year / *total;
    out.push_back(std::move(row));
  };
  add("capital", e.get(Q::kAnnualCapital));
  add("maintenance", e.get(Q::kMaintenancePerYear));
  add("electricity", e.get(Q::kElectricityPerYear));
  add("cooling", e.get(Q::kCoolingPerYear));
  add("licences", e.get(Q::kLicencesPerYear));
  add("staff", e.get(Q::kStaffPerYear));
  add("hosting", e(In::kHostingPerYear));
  add("further_servers", e.get(Q::kFurtherServersPerYear));
  return out;
}

json::array unit_cost_curve(Evaluation& e, bool with_cloud) {
  constexpr int kPoints = 100;
  json::array out;
  const auto fixed = e.get(Q::kFixedCostPerMtok);
  const auto variable = e.get(Q::kVariableCostPerMtok);
  if (!fixed || !variable) return out;
  const UnitLine line{.fixed_per_mtok = *fixed, .variable_per_mtok = *variable};
  const auto cloud = with_cloud ? e.get(Q::kCloudPrice) : none("not asked");
  const auto crossing = with_cloud ? e.get(Q::kBreakevenUtilisation) : none("not asked");
  const double reachable = e.get(Q::kReachableUtilisation).value_or(1);
  const auto add = [&](double utilisation, double cost, bool is_crossing) {
    json::object row{
        {"utilisation", utilisation}, {"unit_cost", cost}, {"marginal_cost", line.variable_per_mtok}};
    if (cloud) row["cloud_price"] = *cloud;
    if (is_crossing) row["crossing"] = true;
    row["reachable"] = !beyond(utilisation, reachable);
    out.push_back(std::move(row));
  };
  out.reserve(kPoints + 1);
  const double crossing_at = crossing.value_or(0);
  const double cloud_price = cloud.value_or(0);
  bool open = crossing_at > 0 && crossing_at <= 1;
  for (int point = 1; point <= kPoints; ++point) {
    const double utilisation = static_cast<double>(point) / kPoints;
    if (open && crossing_at <= utilisation) {
      // At the crossing the cost is the cloud price by definition.
      add(crossing_at, cloud_price, true);
      open = false;
      if (crossing_at == utilisation) continue;
    }
    add(utilisation, line.at(utilisation), false);
  }
  return out;
}

void answer_unit(AnswerDraft& draft) {
  draft.ask(kAsked);
  Evaluation& e = draft.evaluation;
  draft.tables["parts"] = cost_parts(e);
  const auto idle = e.get(Q::kIdleCostPerYear);
  const auto used = e.get(Q::kUsedCostPerYear);
  json::object idle_json{{"per_year", or_null(idle)}, {"share", nullptr}};
  if (idle && used && *idle + *used > 0) idle_json["share"] = *idle / (*idle + *used);
  draft.tables["idle"] = std::move(idle_json);
  draft.tables["curve"] = unit_cost_curve(e, false);
  if (!e.inputs().tiers.empty()) draft.tables["tiers"] = tiers_table(e);

  static_cast<void>(draft.compare());
  const auto cost = e.get(Q::kUnitCost);
  const auto cloud = e.get(Q::kCloudPrice);
  const auto utilisation = e.get(Q::kInstalledUtilisation);
  if (cost && utilisation) {
    std::string text =
        draft.money(*cost) + " per million tokens at " + percent_text(*utilisation) + " utilisation";
    if (cloud) text += ", cloud " + money_text(*cloud);
    const std::string reach = out_of_reach(e, *utilisation);
    if (!reach.empty()) text += "; " + reach;
    draft.tables["reachable"] = reach.empty();
    draft.sentences["headline"] = text + use_by_demand(e, *utilisation);
  } else {
    draft.sentences["headline"] = "No unit cost: " + std::string(cost ? utilisation.reason() : cost.reason());
  }
  const auto ratio = e.get(Q::kDoublingRatio);
  if (ratio && utilisation) {
    draft.sentences["doubling"] = "At " + percent_text(2 * *utilisation) +
                                  " utilisation a million tokens cost " + fixed_text(*ratio, 3) +
                                  " times what they cost at " + percent_text(*utilisation);
  }
  if (ratio && utilisation && 2 * *utilisation <= 1) {
    const std::string reach = out_of_reach(e, 2 * *utilisation);
    if (!reach.empty()) draft.notes.emplace_back(percent_text(2 * *utilisation) + " utilisation is " + reach);
  }
}

}  // namespace berth::tokenomics
