// What the reconciler writes of one session, each within a transaction that its caller fenced and commits.
//
// Locks are taken in the order leader, reservation, session, events. The portal changes a reservation under
// its pool, the reservation, claims, events, and touches neither leader nor session: whoever has the
// reservation here waits for the lock of events alone, which is everybody's last.
#pragma once

#include <string>
#include <vector>

#include "store/control_rows.hpp"

/// As the functions of ControlRows say, which are named like these.
namespace berth::store::session_writes {

Result<bool> begin(pg::Transaction& transaction, const std::string& cluster,
                   const model::ReservationId& reservation, int attempt, const NewSession& session);
Status close(pg::Transaction& transaction, const planning::CloseReservation& closed);
Status record(pg::Transaction& transaction, const model::SessionId& session,
              const std::vector<model::Step>& steps);
Status publish(pg::Transaction& transaction, const model::SessionId& session,
               const std::vector<model::Endpoint>& endpoints);
Result<bool> set_phase(pg::Transaction& transaction, const model::SessionId& session,
                       const planning::SetPhase& phase);
Status finish(pg::Transaction& transaction, const model::SessionId& session,
              const planning::FinishSession& outcome);
Status move_units(pg::Transaction& transaction, const model::SessionId& session,
                  const planning::MoveUnits& move);
Status hold(pg::Transaction& transaction, const model::SessionId& session, model::UnitId unit,
            const std::string& why);
Status release_holds(pg::Transaction& transaction, const model::SessionId& session);
Result<bool> hear_wish(pg::Transaction& transaction, const model::SessionId& session, const said::Wish& wish);
Status hear_activity(pg::Transaction& transaction, const std::vector<planning::NewActivity>& said);
Status hear_device_use(pg::Transaction& transaction, const std::vector<DeviceSample>& samples);

}  // namespace berth::store::session_writes
