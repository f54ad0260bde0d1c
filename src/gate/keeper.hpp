// The first process of the gate's container: it holds the port, and starts the gate again whenever that ends.
//
// Whoever is inside the workspace shares the pod's addresses. Were the port free for a moment, a program of
// theirs could take it and be shown what people's browsers hold; so nothing that can be done from inside may
// end the process that has it, and this one reads nothing from anybody. See decision 46.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "gate/listening.hpp"

namespace berth::gate {

struct KeeperSettings {
  std::filesystem::path folder;  // the gate's own
  std::uint16_t port = 0;
  std::vector<std::string> addresses = all_addresses();
  std::vector<std::string> command;  // the gate's: a program by its path, and its arguments
  /// A gate that does not answer at `folder`/health.sock so many times is ended, and started again.
  std::chrono::milliseconds ask_every{10'000};
  int most_silent = 6;
};

/// Where the port is somebody else's, nothing is started, `folder`/fault says so for whoever asks whether the
/// gate is open, and passes that were given before are none any more: they may have been shown to whoever has
/// it. `stopped` waits for so long, and is true once the end is asked for. Until then; the gate has ended
/// with it.
Status keep(const KeeperSettings& settings, const std::function<bool(std::chrono::milliseconds)>& stopped,
            const Log& log);

}  // namespace berth::gate
