// The daemon of a node's cache: asks the portal what the node should hold, brings it, makes room, and says
// how far it is. Needs no Kubernetes. What it does next is cacheplan's to decide.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "base/log.hpp"
#include "cache/portal.hpp"
#include "modelcache/modelcache.hpp"

namespace berth::cache {

struct Settings {
  PortalSettings portal;
  /// Of each fetch; its source, and what it is told and stopped by, are the daemon's.
  modelcache::FetchSettings fetch;
  cacheplan::Marks marks{};
  std::chrono::milliseconds every{15'000};  // between two looks
};

/// Until `wait` says that it was told to stop: then what is on its way ends and stays for the next time.
/// kConflict where another daemon keeps the folder; kInvalid for settings that are none. That the portal or
/// the Hub does not answer ends nothing.
Status run(const Settings& settings, const std::function<bool(std::chrono::milliseconds)>& wait,
           const Log& log);

}  // namespace berth::cache
