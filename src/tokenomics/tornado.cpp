#include "tokenomics/tornado.hpp"

#include <algorithm>
#include <cmath>

namespace berth::tokenomics {
namespace {

constexpr double kRounding = 1e-9;

Range own_range(const Scenario& scenario, In id) {
  const InputInfo& input = info(id);
  const auto& told = scenario.ranges[static_cast<std::size_t>(id)];
  Range range = told ? *told : Range{input.low, input.high};
  const double value = scenario.inputs[id];
  range.low = std::min(range.low, value);
  range.high = std::max(range.high, value);
  // An active draw below the idle one is no machine.
  if (id == In::kGpuIdleWatts) range.high = std::min(range.high, scenario.inputs[In::kGpuActiveWatts]);
  if (id == In::kGpuActiveWatts) range.low = std::max(range.low, scenario.inputs[In::kGpuIdleWatts]);
  return range;
}

Maybe<double> result_at(const Scenario& scenario, Q target, In id, double value) {
  Inputs moved = scenario.inputs;
  moved.set(id, value);
  return Evaluation(moved).get(target);
}

/// Whether the GPUs, sized for the peak, carry what this end assumes.
bool reachable_at(const Scenario& scenario, In id, double value) {
  Inputs moved = scenario.inputs;
  moved.set(id, value);
  Evaluation e(moved);
  const auto utilisation = e.get(Q::kInstalledUtilisation);
  const auto reachable = e.get(Q::kReachableUtilisation);
  return !utilisation || !reachable || *utilisation <= *reachable * (1 + kRounding);
}

Maybe<double> swing_of(const Bar& bar) {
  if (!bar.at_low) return bar.at_low;
  if (!bar.at_high) return bar.at_high;
  return std::abs(*bar.at_high - *bar.at_low);
}

bool comes_before(const Bar& left, const Bar& right) {
  const double left_swing = left.swing.value_or(-1);
  const double right_swing = right.swing.value_or(-1);
  if (left_swing != right_swing) return left_swing > right_swing;
  return info(left.input).name < info(right.input).name;
}

}  // namespace

Tornado tornado(const Scenario& scenario, Q target) {
  Evaluation base(scenario.inputs);
  Tornado out{.base = base.get(target), .bars = {}, .without_effect = {}};
  const auto computed = base.order();
  const bool by_use = std::find(computed.begin(), computed.end(), Q::kInstalledUtilisation) != computed.end();
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const In id = input_at(index);
    const Kind kind = info(id).domain.kind;
    if (kind == Kind::kFlag || kind == Kind::kChoice || !scenario.inputs.has(id)) continue;
    // What follows another moves with that one.
    if (followed_by(id) && !scenario.inputs.itself[index] && !scenario.ranges[index]) continue;
    const Range range = own_range(scenario, id);
    if (!(range.low < range.high)) continue;
    if (!base.used()[index]) {
      out.without_effect.push_back(id);
      continue;
    }
    Bar bar{.input = id,
            .low = range.low,
            .high = range.high,
            .at_low = result_at(scenario, target, id, range.low),
            .at_high = result_at(scenario, target, id, range.high),
            .swing = 0.0,
            .low_reachable = !by_use || reachable_at(scenario, id, range.low),
            .high_reachable = !by_use || reachable_at(scenario, id, range.high)};
    bar.swing = swing_of(bar);
    out.bars.push_back(bar);
  }
  std::sort(out.bars.begin(), out.bars.end(), comes_before);
  return out;
}

}  // namespace berth::tokenomics
