// Request bodies in the model's words. They have the described shape already; here numbers get their bounds
// and times their meaning.
#pragma once

#include "base/json.hpp"
#include "store/bookings.hpp"

namespace berth::portal {

Result<store::CreateRequest> to_create(const json::value& body);
Result<store::VersionedEdit> to_edit(const json::value& body);
Result<store::ExtendRequest> to_extend(const json::value& body);

}  // namespace berth::portal
