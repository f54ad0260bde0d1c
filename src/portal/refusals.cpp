#include "portal/refusals.hpp"

#include "portal/render.hpp"
#include "store/unusable.hpp"

namespace berth::portal {

namespace {

/// What the call, or the question about such a call, is about.
store::AboutUnits about_of(const Call& call) {
  store::AboutUnits about;
  const json::value* words = &call.body;
  for (const auto* kind : {"create", "edit", "extend"}) {
    if (const auto* asked = find(call.body, {kind})) words = asked;
  }
  about.pool = string_at(*words, {"pool"});
  about.device_class = string_at(*words, {"device_class"});
  auto id = string_at(call.body, {"reservation"});
  if (id.empty()) id = std::string(call.request.param("id"));
  if (!id.empty()) about.reservation = model::ReservationId{std::move(id)};
  return about;
}

}  // namespace

Refusal refusal_of(const Call& call, const store::Refused& refused) {
  auto detail = sentence(refused);
  if (refused.shortage.resource == booking::Shortage::Resource::kUnits) {
    const auto why = store::why_unusable(call.db, about_of(call), refused.shortage.at);
    if (!why) {  // the refusal stands without it
      call.services.log.warning("it is not known what is out of service", {{"error", why.error().message}});
    } else if (!why->empty()) {
      detail += " " + *why;
    }
  }
  return {fail(Code::kConflict, std::move(detail), "no_capacity").value(), render(refused)};
}

Refusal refusal_of(const Call& call, const store::Stale& stale) {
  return {fail(Code::kConflict, "Someone changed this reservation meanwhile; it is here as it now stands.",
               "version_conflict")
              .value(),
          {{"current", render(stale.current, call.caller->viewer, call.services.clock.now())}}};
}

}  // namespace berth::portal
