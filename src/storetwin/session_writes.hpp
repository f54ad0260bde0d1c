// What the reconciler writes of one session, each as one change: made whole by its caller, or dropped.
#pragma once

#include <string>
#include <vector>

#include "store/control_rows.hpp"
#include "storetwin/change.hpp"

/// As the functions of store::ControlRows say, which are named like these.
namespace berth::storetwin::session_writes {

Result<bool> begin(Change& change, const std::string& cluster, const model::ReservationId& reservation,
                   int attempt, const store::NewSession& session);
void close(Change& change, const planning::CloseReservation& closed);
void record(Change& change, const model::SessionId& session, const std::vector<model::Step>& steps);
void publish(Change& change, const model::SessionId& session, const std::vector<model::Endpoint>& endpoints);
Result<bool> set_phase(Change& change, const model::SessionId& session, const planning::SetPhase& phase);
void finish(Change& change, const model::SessionId& session, const planning::FinishSession& outcome);
Status move_units(Change& change, const Declared& declared, const model::SessionId& session,
                  const planning::MoveUnits& move);
Status hold(Change& change, const Declared& declared, const model::SessionId& session, model::UnitId unit,
            const std::string& why);
void release_holds(Change& change, const model::SessionId& session);
bool hear_wish(Change& change, const model::SessionId& session, const said::Wish& wish);
void hear_activity(Change& change, const planning::NewActivity& said);
void hear_device_use(Change& change, const store::DeviceSample& sample);
Status keep_layout(Change& change, const planning::KeepLayout& keep);
Status keep_outages(Change& change, const Declared& declared, const planning::KeepOutages& outages);

}  // namespace berth::storetwin::session_writes
