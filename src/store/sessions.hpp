// Reading sessions. The reconciler alone writes them.
#pragma once

#include <map>
#include <optional>

#include "model/permissions.hpp"
#include "model/reservation.hpp"
#include "model/waiting.hpp"
#include "pg/pg.hpp"
#include "said/activity.hpp"
#include "said/dcgm.hpp"

namespace berth::store {

struct SessionView {
  model::Session session;  // the newest attempt
  // Medians of the last ones of the reservation's class, looked for among the newest of all classes: a step
  // of which none is there has none.
  std::map<model::StepName, double> typical_seconds;
  std::optional<model::Waiting> waiting_for;  // nothing: it waits for nothing
  std::optional<said::Activity> activity;     // as its workspace said last; it goes with the session
  std::optional<said::DeviceUse> device_use;  // nothing: not measured
  bool may_open = false;                      // by whoever looks; others are not told where it is
  std::string
      newer;  // why some of its steps are not among them: `made by a newer version: ...`; mostly empty
};

/// kNotFound: slug "reservation_not_found" when there is none or the viewer may not see it, "no_session"
/// before it began, with what it waits for where its window has; kUnavailable (slug kNewerVersion) when its
/// phase is one that this version does not know.
Result<SessionView> load_session(pg::Connection& connection, const model::Viewer& viewer,
                                 const model::ReservationId& reservation);

}  // namespace berth::store
