// What a declaration came to, as JSON.
#pragma once

#include "base/json.hpp"
#include "portal/refusals.hpp"
#include "store/apply.hpp"

namespace berth::portal {

/// The items of the answer: clusters first. `notes` has, by cluster, what of it was not taken over.
json::array render_applied(const store::AppliedAll& applied,
                           const std::vector<std::pair<std::string, std::string>>& notes);

/// 409: which bookings stand in the way, and what becomes of each.
Refusal refusal_of(const store::PoolInUse& in_use);

}  // namespace berth::portal
