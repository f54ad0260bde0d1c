// The simulation's own paths, for tests in other processes: /sim/faults, /sim/compact, /sim/cut-watches.
#pragma once

#include "simcluster/api.hpp"
#include "simcluster/fault.hpp"

namespace berth::simcluster {

struct ControlAnswer {
  ApiAnswer answer;
  bool compact = false;  // forget the history so far
  bool cut_watches = false;
};

/// GET lists the faults, POST adds one, DELETE takes out all, or the one of ?id=.
ControlAnswer handle_control(const ApiRequest& request, Faults& faults);

}  // namespace berth::simcluster
