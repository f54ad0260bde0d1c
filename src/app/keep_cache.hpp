// The daemon of a node's cache as a role of the program.
#pragma once

#include "base/log.hpp"
#include "cache/cache.hpp"

namespace berth::app {

/// Until SIGINT or SIGTERM; how to exit.
int keep_cache(const cache::Settings& settings, const Log& log);

}  // namespace berth::app
