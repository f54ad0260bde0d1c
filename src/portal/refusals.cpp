#include "portal/refusals.hpp"

#include "portal/render.hpp"

namespace berth::portal {

Refusal refusal_of(const store::Refused& refused) {
  return {fail(Code::kConflict, sentence(refused), "no_capacity").value(), render(refused)};
}

Refusal refusal_of(const Call& call, const store::Stale& stale) {
  return {fail(Code::kConflict, "Someone changed this reservation meanwhile; it is here as it now stands.",
               "version_conflict")
              .value(),
          {{"current", render(stale.current, call.caller->viewer, call.services.clock.now())}}};
}

}  // namespace berth::portal
