// How far a result moves when each input moves through its own range.
#pragma once

#include <vector>

#include "tokenomics/quantities.hpp"
#include "tokenomics/scenario.hpp"

namespace berth::tokenomics {

struct Bar {
  In input;
  double low;  // of the input; the range is widened to hold the scenario's own value
  double high;
  Maybe<double> at_low;  // the result there
  Maybe<double> at_high;
  Maybe<double> swing;  // none when one end has no result
  /// False where that end assumes a use that the GPUs, sized for the peak, do not carry.
  bool low_reachable = true;
  bool high_reachable = true;
};

struct Tornado {
  Maybe<double> base;
  std::vector<Bar> bars;           // largest swing first, then by name; those without a swing last
  std::vector<In> without_effect;  // inputs with a range that do not enter the result
};
Tornado tornado(const Scenario& scenario, Q target);

}  // namespace berth::tokenomics
