#include "model/lifecycle.hpp"

#include <span>
#include <utility>

namespace berth::model {
namespace {

template <typename T>
using Names = std::span<const std::pair<T, std::string_view>>;

template <typename T>
std::string_view name_of(Names<T> names, T wanted) {
  for (const auto& [value, name] : names) {
    if (value == wanted) return name;
  }
  return "unknown";
}

template <typename T>
std::optional<T> value_of(Names<T> names, std::string_view wanted) {
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<ReservationState, std::string_view>, 5> kStateNames{
    {{ReservationState::kApproved, "APPROVED"},
     {ReservationState::kActive, "ACTIVE"},
     {ReservationState::kCompleted, "COMPLETED"},
     {ReservationState::kCanceled, "CANCELED"},
     {ReservationState::kFailed, "FAILED"}}};

constexpr std::array<std::pair<SessionPhase, std::string_view>, 5> kPhaseNames{
    {{SessionPhase::kStarting, "Starting"},
     {SessionPhase::kReady, "Ready"},
     {SessionPhase::kDegraded, "Degraded"},
     {SessionPhase::kStopping, "Stopping"},
     {SessionPhase::kGone, "Gone"}}};

constexpr std::array<std::pair<StepState, std::string_view>, 4> kStepStateNames{
    {{StepState::kPending, "pending"},
     {StepState::kRunning, "running"},
     {StepState::kDone, "done"},
     {StepState::kFailed, "failed"}}};

constexpr std::array<std::pair<Mode, std::string_view>, 2> kModeNames{
    {{Mode::kInteractiveMl, "interactive_ml"}, {Mode::kInferenceContainers, "inference_containers"}}};

struct Transition {
  ReservationState from;
  ReservationEvent event;
  ReservationState to;
};

constexpr std::array kTransitions{
    Transition{ReservationState::kApproved, ReservationEvent::kSessionBegun, ReservationState::kActive},
    Transition{ReservationState::kApproved, ReservationEvent::kCanceledByUser, ReservationState::kCanceled},
    Transition{ReservationState::kApproved, ReservationEvent::kDeadlinePassed, ReservationState::kFailed},
    Transition{ReservationState::kActive, ReservationEvent::kSessionGone, ReservationState::kCompleted},
    Transition{ReservationState::kActive, ReservationEvent::kSessionFailed, ReservationState::kFailed},
};

}  // namespace

std::string_view to_string(ReservationState state) {
  return name_of(Names<ReservationState>(kStateNames), state);
}
std::optional<ReservationState> parse_reservation_state(std::string_view text) {
  return value_of(Names<ReservationState>(kStateNames), text);
}

std::optional<ReservationState> after(ReservationState state, ReservationEvent event) {
  for (const auto& transition : kTransitions) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

bool is_live(ReservationState state) {
  return state == ReservationState::kApproved || state == ReservationState::kActive;
}

std::string_view to_string(SessionPhase phase) {
  return name_of(Names<SessionPhase>(kPhaseNames), phase);
}
std::optional<SessionPhase> parse_session_phase(std::string_view text) {
  return value_of(Names<SessionPhase>(kPhaseNames), text);
}

std::optional<StepName> parse_step_name(std::string_view text) {
  for (const auto step : kSteps) {
    if (to_string(step) == text) return step;
  }
  return std::nullopt;
}

std::string_view to_string(StepState state) {
  return name_of(Names<StepState>(kStepStateNames), state);
}
std::optional<StepState> parse_step_state(std::string_view text) {
  return value_of(Names<StepState>(kStepStateNames), text);
}

std::string_view to_string(Mode mode) {
  return name_of(Names<Mode>(kModeNames), mode);
}
std::optional<Mode> parse_mode(std::string_view text) {
  return value_of(Names<Mode>(kModeNames), text);
}

}  // namespace berth::model
