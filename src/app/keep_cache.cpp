#include "app/keep_cache.hpp"

#include <iostream>

#include "app/roles.hpp"
#include "app/signals.hpp"
#include "cli/output.hpp"

namespace berth::app {

int keep_cache(const cache::Settings& settings, const Log& log) {
  ignore_lost_readers();
  const Signals signals;
  auto with_signals = settings;
  with_signals.portal.stopped = [&signals] { return signals.pending(); };
  const auto done = cache::run(
      with_signals, [&](std::chrono::milliseconds patience) { return signals.wait(patience); }, log);
  if (done) return kExitOk;
  std::cerr << "berth: " << done.error().message << '\n';
  switch (done.error().code) {
    case Code::kInvalid:
      return kExitUsage;
    case Code::kConflict:
      return cli::kConflict;
    case Code::kUnavailable:
      return cli::kUnreachable;
    default:
      return kExitFailed;
  }
}

}  // namespace berth::app
