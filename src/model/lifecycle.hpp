// The lifecycle of a reservation and the phases of a session: one table, followed by server, database and
// page.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace berth::model {

enum class ReservationState { kApproved, kActive, kCompleted, kCanceled, kFailed };
inline constexpr std::array kReservationStates{ReservationState::kApproved, ReservationState::kActive,
                                               ReservationState::kCompleted, ReservationState::kCanceled,
                                               ReservationState::kFailed};

enum class ReservationEvent {
  kSessionBegun,    // a session row exists; its namespace may
  kCanceledByUser,  // before the start
  kSessionGone,     // everything of an ended reservation is taken away
  kSessionFailed,   // a session that could not start is taken away
  kDeadlinePassed,  // could not begin at all by the policy's deadline
};

std::string_view to_string(ReservationState state);
std::optional<ReservationState> parse_reservation_state(std::string_view text);

/// The state after `event`, or nothing when the event does not belong in `state`.
std::optional<ReservationState> after(ReservationState state, ReservationEvent event);

/// APPROVED and ACTIVE: the reservation still holds what it booked.
bool is_live(ReservationState state);

enum class SessionPhase { kStarting, kReady, kDegraded, kStopping, kGone };
std::string_view to_string(SessionPhase phase);
std::optional<SessionPhase> parse_session_phase(std::string_view text);

/// Start steps, in the order in which they are done.
enum class StepName {
  kDeviceFree,
  kNamespace,
  kQuota,
  kLimits,
  kNetwork,
  kAccess,
  kStorage,
  kConfig,
  kWorkspace,
  kEndpoint,
  kReady
};
inline constexpr std::array kSteps{StepName::kDeviceFree, StepName::kNamespace, StepName::kQuota,
                                   StepName::kLimits,     StepName::kNetwork,   StepName::kAccess,
                                   StepName::kStorage,    StepName::kConfig,    StepName::kWorkspace,
                                   StepName::kEndpoint,   StepName::kReady};
std::string_view to_string(StepName step);
std::optional<StepName> parse_step_name(std::string_view text);

enum class StepState { kPending, kRunning, kDone, kFailed };
std::string_view to_string(StepState state);
std::optional<StepState> parse_step_state(std::string_view text);

/// How the session's slots are used: by the workspace itself (one), or all by the user's own containers.
enum class Mode { kInteractiveMl, kInferenceContainers };
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

}  // namespace berth::model
