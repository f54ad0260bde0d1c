// What the API server writes into an object that its author left out. Done again on every write, so each is
// idempotent.
#pragma once

#include <string_view>

#include "simcluster/api_status.hpp"

namespace berth::simcluster {

/// Puts all quantities of the object into their canonical form. 400 when one cannot be read.
Outcome<void> normalize_quantities(json::object& object, std::string_view kind);

/// Fills in the defaults of the kind. The parts that are filled must have the right JSON kind;
/// `shape_problem` (validate.hpp) sees to that before.
void set_defaults(json::object& object, std::string_view kind);

/// What is defaulted in pods, but not in the pod templates of other kinds: requests follow limits.
void set_pod_requests(json::object& pod);

}  // namespace berth::simcluster
