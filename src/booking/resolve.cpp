#include <fmt/format.h>

#include "booking/booking.hpp"
#include "booking/rules.hpp"
#include "model/deeds.hpp"

namespace berth::booking {
namespace {

Result<Resolved> judged(const Draft& draft) {
  if (const auto faults = faults_of(draft); !faults.empty()) return fail(faults.error_in_full());
  return resolved(draft);
}

}  // namespace

Result<Resolved> resolve(const model::Pool& pool, const Request& request, const OwnerFacts& owner,
                         Instant now) {
  return judged(draft_of(pool, request, owner, now));
}

Result<Resolved> resolve_edit(const model::Pool& pool, const model::Reservation& current,
                              const EditRequest& edit, Instant now) {
  if (!model::is_open_to(current, model::Deed::kRename, now)) {
    const bool ending = model::is_live(current.state) && current.end_requested_at && now < current.window.end;
    return fail(
        Code::kConflict,
        fmt::format("This reservation is {}, so it can no longer be changed.", ending ? "ending" : "over"),
        "reservation_over");
  }
  if (pool.find_class(current.device_class) == nullptr) {
    return fail(Code::kInternal, fmt::format("reservation {} has a device class that pool {} does not know",
                                             current.id.value, pool.name));
  }
  return judged(draft_of(pool, current, edit, now));
}

}  // namespace berth::booking
