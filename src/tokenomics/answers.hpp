// One function per question, each adding its tables and sentences to the common body.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "tokenomics/at_demand.hpp"
#include "tokenomics/quantities.hpp"
#include "tokenomics/scenario.hpp"

namespace berth::tokenomics {

/// An answer as it grows. results, derivation and inputs are written at the end, from what was evaluated.
struct AnswerDraft {
  const Scenario& scenario;
  Evaluation& evaluation;
  json::object results;
  json::object tables;  // members of the answer itself: "parts", "curve", ...
  json::object sentences;
  json::array notes;

  Maybe<double> get(Q id) { return evaluation.get(id); }
  void ask(std::span<const Q> quantities);
  /// "USD 0.42".
  std::string money(double value) const;
  /// The sentence "at_demand" and the member "cheapest": the same in every answer that speaks of owning.
  Maybe<AtDemand> compare();
};

/// "out of reach: these GPUs carry 17.7 % at most"; empty where `utilisation` is not above that.
std::string out_of_reach(Evaluation& e, double utilisation);

void answer_unit(AnswerDraft& draft);
void answer_breakeven(AnswerDraft& draft);
void answer_solve(AnswerDraft& draft);
void answer_sensitivity(AnswerDraft& draft);
void answer_agents(AnswerDraft& draft);
/// kInvalid when a tier fits nowhere.
Status answer_fleet(AnswerDraft& draft);
/// kInvalid when the demand is beyond what is searched.
Status answer_sourcing(AnswerDraft& draft);

/// Parts of the annual cost, their cost per Mtok and share, and the idle share apart.
json::array cost_parts(Evaluation& e);
/// A hundred points of utilisation, those beyond what the GPUs can reach marked; with a cloud price also that
/// price and the crossing as a row of its own.
json::array unit_cost_curve(Evaluation& e, bool with_cloud);
/// "On-prem is cheaper above 38 %" / "Never cheaper at this cloud price" / "Always cheaper".
std::string breakeven_sentence(const Maybe<double>& utilisation, double reachable);

}  // namespace berth::tokenomics
