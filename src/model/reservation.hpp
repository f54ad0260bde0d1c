// Reservations and sessions as values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"
#include "model/ids.hpp"
#include "model/lifecycle.hpp"

namespace berth::model {

struct Reservation {
  ReservationId id;
  PoolId pool;
  ClassId device_class;
  int units = 1;
  Load load;  // of the whole reservation, not of one unit
  Mode mode = Mode::kInteractiveMl;
  Window window;
  ReservationState state = ReservationState::kApproved;
  std::string reason;  // why it is in a terminal state, or is ending; for people
  UserId owner;
  std::optional<TeamId> team;
  std::string name;
  std::int64_t version = 1;
  Instant created_at;
  std::optional<Instant> end_requested_at;  // "end now": the session is to stop although the window goes on
  MoneyMicros rate;                         // per unit and hour, copied when booked
  std::string currency;
  bool operator==(const Reservation&) const = default;
};

struct Step {
  StepName name = StepName::kDeviceFree;
  StepState state = StepState::kPending;
  std::optional<Instant> started_at;
  std::optional<Instant> finished_at;
  int tries = 0;
  std::optional<Instant> next_try_at;
  std::string detail;  // one plain sentence
  bool operator==(const Step&) const = default;
};

struct Endpoint {
  std::string name;
  std::string url;
  bool operator==(const Endpoint&) const = default;
};

/// One attempt at turning a reservation into a namespace.
struct Session {
  SessionId id;
  ReservationId reservation;
  int attempt = 1;
  std::string namespace_name;  // written to the database before it is made, and never used twice
  std::string host;            // of the workspace, under the cluster's apps domain; unguessable
  SessionPhase phase = SessionPhase::kStarting;
  std::string reason;
  Instant created_at;
  std::optional<Instant> ready_at;
  std::optional<Instant> stopping_at;
  std::optional<Instant> gone_at;
  bool failed = false;      // stopping because it could not start: the reservation becomes FAILED
  std::vector<Step> steps;  // in the order of kSteps
  std::vector<Endpoint> endpoints;
  bool operator==(const Session&) const = default;
};

}  // namespace berth::model
