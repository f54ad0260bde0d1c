// The lifecycle of a reservation and the phases of a session: one table, followed by server, database and
// page.
#pragma once

#include <array>
#include <cstddef>
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

/// Start steps, in the order in which they are done. What each one is, planning/steps says.
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
/// The one source of their words; empty for what is no step. Without a default, so that the compiler refuses
/// one without a word.
constexpr std::string_view to_string(StepName step) {
  switch (step) {
    case StepName::kDeviceFree:
      return "device_free";
    case StepName::kNamespace:
      return "namespace";
    case StepName::kQuota:
      return "quota";
    case StepName::kLimits:
      return "limits";
    case StepName::kNetwork:
      return "network";
    case StepName::kAccess:
      return "access";
    case StepName::kStorage:
      return "storage";
    case StepName::kConfig:
      return "config";
    case StepName::kWorkspace:
      return "workspace";
    case StepName::kEndpoint:
      return "endpoint";
    case StepName::kReady:
      return "ready";
  }
  return {};
}

constexpr std::size_t count_steps() {
  std::size_t count = 0;
  while (!to_string(static_cast<StepName>(count)).empty()) ++count;
  return count;
}
inline constexpr auto kSteps = [] {
  std::array<StepName, count_steps()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<StepName>(i);
  return all;
}();
std::optional<StepName> parse_step_name(std::string_view text);

enum class StepState { kPending, kRunning, kDone, kFailed };
std::string_view to_string(StepState state);
std::optional<StepState> parse_step_state(std::string_view text);

/// How the session's slots are used: by the workspace itself (one), or all by the user's own containers.
enum class Mode { kInteractiveMl, kInferenceContainers };
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

}  // namespace berth::model
