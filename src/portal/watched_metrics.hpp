// The platform as Prometheus reads it: reconcilers, sessions, units. It is the database's, so every portal
// tells the same.
#pragma once

#include <string>

#include "base/result.hpp"
#include "store/watched.hpp"

namespace berth::portal {

/// The text exposition format. Where the database did not answer: that, and nothing else.
std::string metrics_text(const Result<store::Watched>& watched);

}  // namespace berth::portal
