// How often a second the token economics are worked out: the formulas alone, and whole answers from text to
// text as the page, the API and the command line ask for them. Prints one JSON object of evaluations per
// second.
#include <chrono>
#include <functional>
#include <iostream>
#include <string>

#include "tokenomics/sizing.hpp"
#include "tokenomics/tokenomics.hpp"
#include "tokenomics/unit_cost.hpp"

namespace {

using namespace berth;
using namespace berth::tokenomics;
using Clock = std::chrono::steady_clock;

constexpr auto kMeasured = std::chrono::milliseconds(700);
constexpr int kBatch = 64;

/// Per second, over at least kMeasured after a first batch that is not counted. What each call gives is added
/// up and handed out, so that none can be left out.
double per_second(double& sum, const std::function<double(int)>& evaluate) {
  for (int i = 0; i < kBatch; ++i) sum += evaluate(i);
  const auto begun = Clock::now();
  long done = 0;
  while (Clock::now() - begun < kMeasured) {
    for (int i = 0; i < kBatch; ++i) sum += evaluate(i);
    done += kBatch;
  }
  return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - begun).count();
}

/// The reference machine with one size of model.
constexpr Plant kPlant{.price_per_gpu = 13'250,
                       .price_per_server = 30'000,
                       .other_capital = 0,
                       .gpus_per_server = 2,
                       .residual_share = 0.1,
                       .life_years = 5,
                       .capital_rate_per_year = 0.08,
                       .maintenance_share_per_year = 0.12,
                       .licence_per_gpu_year = 0,
                       .staff_per_year = 0,
                       .hosting_per_year = 0,
                       .server_base_watts = 600,
                       .gpu_idle_watts = 70,
                       .gpu_active_watts = 500,
                       .power_fixed = false,
                       .power_usage_effectiveness = 1.5,
                       .price_per_kwh = 0.12,
                       .availability = 0.99,
                       .gpu_tokens_per_second = 3'824};

double unit_cost(int step) {
  const auto line = unit_line(annual_cost(kPlant, 2));
  return line ? line->at(0.01 + 0.015 * step) : 0;
}

double inverse(int step) {
  const auto found =
      solve({.plant = kPlant,
             .redundancy = {.factor = 1, .spare_gpus = 1, .gpus_per_server = 2, .sold_by_server = true},
             .demand = {.tokens_per_month = 1e10 * (1 + step), .peak_to_average = 2, .peak_utilisation = 0.7},
             .budget = {.per_year = 500'000.0, .capital = 2'000'000.0},
             .present_gpus = 2.0,
             .cloud_price_per_mtok = 0.2,
             .tolerance = 0.25});
  return found ? found->cost_per_mtok : 0;
}

double whole_answer(Question question, int step) {
  const auto text = "{\"utilisation\":" + std::to_string(0.01 + 0.015 * step) + "}";
  const auto scenario = parse_json(text);
  if (!scenario) return 0;
  const auto found = answer(question, *scenario);
  return found ? static_cast<double>(json::serialize(*found).size()) : 0;
}

}  // namespace

int main() {
  double sum = 0;
  const json::object figures{
      {"unitCost", per_second(sum, unit_cost)},
      {"solve", per_second(sum, inverse)},
      {"unitAnswer", per_second(sum, [](int step) { return whole_answer(Question::kUnit, step); })},
      {"solveAnswer", per_second(sum, [](int step) { return whole_answer(Question::kSolve, step); })}};
  std::cerr << "sum of all results, which is of no use: " << sum << '\n';
  std::cout << json::serialize(figures) << '\n';
  return 0;
}
