#include <array>
#include <utility>

#include "tokenomics/answers.hpp"
#include "tokenomics/derivation.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::pair<Question, std::string_view> kQuestions[] = {
    {Question::kUnit, "unit"},        {Question::kBreakeven, "breakeven"},     {Question::kSolve, "solve"},
    {Question::kAgents, "agents"},    {Question::kSensitivity, "sensitivity"}, {Question::kFleet, "fleet"},
    {Question::kSourcing, "sourcing"}};

json::array tiers_json(const Inputs& inputs) {
  json::array out;
  for (const TierInput& tier : inputs.tiers) {
    json::object one{{"name", tier.name},
                     {"share", tier.share},
                     {"throughput", tier.throughput},
                     {"units", tier.units},
                     {"slices_per_gpu", tier.slices_per_gpu},
                     {"efficiency", tier.efficiency}};
    if (tier.cloud_price) one["cloud_price"] = *tier.cloud_price;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string_view to_string(Question question) {
  for (const auto& [one, name] : kQuestions) {
    if (one == question) return name;
  }
  return "unit";
}

std::optional<Question> question_named(std::string_view name) {
  for (const auto& [question, its_name] : kQuestions) {
    if (its_name == name) return question;
  }
  return std::nullopt;
}

void AnswerDraft::ask(std::span<const Q> quantities) {
  for (auto& result : results_json(evaluation, quantities, scenario.currency)) {
    results[result.key()] = std::move(result.value());
  }
}

std::string AnswerDraft::money(double value) const {
  return scenario.currency + " " + money_text(value);
}

Maybe<AtDemand> AnswerDraft::compare() {
  const auto costs = at_demand(evaluation);
  tables["cheapest"] = costs ? json::value(to_string(cheapest(*costs))) : json::value(nullptr);
  sentences["at_demand"] = costs ? at_demand_words(*costs, scenario.currency)
                                 : "No comparison at this demand: " + std::string(costs.reason());
  if (!costs) return costs;
  json::object options;
  for (const Source source : kSources) {
    if (const auto per_year = costs->per_year(source)) options[to_string(source)] = *per_year;
  }
  tables["options_per_year"] = std::move(options);
  tables["runner_up"] = to_string(runner_up(*costs));
  const double rent = evaluation(In::kRentedGpuPrice);
  const auto turning = turning_price(*costs, rent);
  tables["turning_cloud_price"] =
      turning && turning->of_cloud ? json::value(turning->price) : json::value(nullptr);
  sentences["ranking"] = ranking_words(*costs, rent, scenario.currency);
  return costs;
}

namespace {

/// No provider asks more for what it has cached: mostly one of the two prices was forgotten.
void note_dear_cache(AnswerDraft& draft) {
  const auto& inputs = draft.scenario.inputs;
  const auto index = static_cast<std::size_t>(In::kCloudCachedPrice);
  if (!draft.evaluation.used()[index] || inputs[In::kCloudCachedPrice] <= inputs[In::kCloudInputPrice])
    return;
  draft.notes.emplace_back("cloud_cached_price " + number_text(inputs[In::kCloudCachedPrice]) +
                           " is above cloud_input_price " + number_text(inputs[In::kCloudInputPrice]) +
                           ": cached input is mostly cheaper, never dearer");
}

}  // namespace

Result<json::object> answer(Question question, const json::value& value) {
  const auto scenario = read_scenario(value);
  if (!scenario) return fail(scenario.error());
  Evaluation evaluation(scenario->inputs);
  AnswerDraft draft{.scenario = *scenario,
                    .evaluation = evaluation,
                    .results = {},
                    .tables = {},
                    .sentences = {},
                    .notes = {}};
  Status done;
  switch (question) {
    case Question::kUnit:
      answer_unit(draft);
      break;
    case Question::kBreakeven:
      answer_breakeven(draft);
      break;
    case Question::kSolve:
      answer_solve(draft);
      break;
    case Question::kSensitivity:
      answer_sensitivity(draft);
      break;
    case Question::kAgents:
      answer_agents(draft);
      break;
    case Question::kFleet:
      done = answer_fleet(draft);
      break;
    case Question::kSourcing:
      done = answer_sourcing(draft);
      break;
  }
  if (!done) return fail(done.error());
  note_dear_cache(draft);
  json::object inputs = used_inputs_json(evaluation);
  if (!scenario->inputs.tiers.empty()) inputs["tiers"] = tiers_json(scenario->inputs);
  if (!scenario->inputs.profile.empty()) inputs["profile"] = json::value_from(scenario->inputs.profile);
  json::object out{{"question", to_string(question)},
                   {"name", scenario->name},
                   {"currency", scenario->currency},
                   {"inputs", std::move(inputs)},
                   {"results", std::move(draft.results)},
                   {"derivation", derivation_json(evaluation, scenario->currency)},
                   {"sentences", std::move(draft.sentences)},
                   {"notes", std::move(draft.notes)}};
  for (auto& table : draft.tables) out[table.key()] = std::move(table.value());
  return out;
}

}  // namespace berth::tokenomics
