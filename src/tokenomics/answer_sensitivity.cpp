// Which inputs decide the result.
#include "tokenomics/answers.hpp"
#include "tokenomics/derivation.hpp"
#include "tokenomics/numbers.hpp"
#include "tokenomics/tornado.hpp"

namespace berth::tokenomics {
namespace {

// In the order of the words of sensitivity_of.
constexpr Q kTargets[] = {Q::kUnitCost, Q::kBreakevenUtilisation, Q::kAnnualCost, Q::kRequiredUnitCost};

json::value or_null(const Maybe<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object bar_json(const Bar& bar, std::string_view currency) {
  json::object out{{"input", info(bar.input).name},
                   {"unit", unit_text(info(bar.input).unit, currency)},
                   {"low", bar.low},
                   {"high", bar.high},
                   {"at_low", or_null(bar.at_low)},
                   {"at_high", or_null(bar.at_high)},
                   {"swing", or_null(bar.swing)}};
  out["low_reachable"] = bar.low_reachable;
  out["high_reachable"] = bar.high_reachable;
  if (!bar.swing) out["reason"] = bar.swing.reason();
  return out;
}

}  // namespace

void answer_sensitivity(AnswerDraft& draft) {
  Evaluation& e = draft.evaluation;
  const Q target = kTargets[static_cast<std::size_t>(e(In::kSensitivityOf))];
  draft.ask({&target, 1});
  const Tornado result = tornado(draft.scenario, target);
  json::array bars;
  bars.reserve(result.bars.size());
  for (const Bar& bar : result.bars) bars.push_back(bar_json(bar, draft.scenario.currency));
  json::array without_effect;
  for (const In id : result.without_effect) without_effect.push_back(json::value(info(id).name));
  draft.tables["target"] = info(target).name;
  draft.tables["unit"] = unit_text(info(target).unit, draft.scenario.currency);
  draft.tables["base"] = or_null(result.base);
  draft.tables["bars"] = std::move(bars);
  draft.tables["without_effect"] = std::move(without_effect);
  if (!result.base) {
    draft.sentences["headline"] =
        "No " + std::string(info(target).name) + ": " + std::string(result.base.reason());
  } else if (!result.bars.empty() && result.bars.front().swing) {
    draft.sentences["headline"] = std::string(info(result.bars.front().input).name) + " moves " +
                                  std::string(info(target).name) + " the most, by " +
                                  number_text(*result.bars.front().swing);
  }
}

}  // namespace berth::tokenomics
