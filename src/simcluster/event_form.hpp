// Events are one set of objects that two API groups show under different field names.
#pragma once

#include <string_view>

#include "simcluster/objects.hpp"

namespace berth::simcluster {

/// The event as group "" or "events.k8s.io" shows it, whichever of the two it was written in.
json::object event_in_group(const json::object& event, std::string_view group);

}  // namespace berth::simcluster
