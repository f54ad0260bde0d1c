#include "model/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::model {
namespace {

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

Waiting waiting_in(const Step& step, Instant now) {
  const auto name = to_string(step.name);
  const auto detail = first_line(step.detail);
  if (step.next_try_at && now < *step.next_try_at) {
    return {fmt::format("Step \"{}\" failed and is tried again, {} {} so far: {}", name, step.tries,
                        step.tries == 1 ? "try" : "tries", detail),
            step.next_try_at};
  }
  if (detail.empty()) return {fmt::format("Step \"{}\" is next.", name), std::nullopt};
  return {fmt::format("Step \"{}\": {}", name, detail), std::nullopt};
}

std::optional<Waiting> silence(const ControllerReport& controller) {
  if (!controller.reported_at) {
    return Waiting{
        fmt::format("No controller of cluster {} has ever reported: nothing is done until one does.",
                    controller.cluster),
        std::nullopt};
  }
  if (!controller.silent) return std::nullopt;
  return Waiting{
      fmt::format("The controller of cluster {} has not reported since {}: nothing is done until it does.",
                  controller.cluster, format_rfc3339(*controller.reported_at)),
      std::nullopt};
}

}  // namespace

std::optional<Waiting> waiting_for(const Session& session, Instant now) {
  switch (session.phase) {
    case SessionPhase::kStarting: {
      const auto at_work = std::ranges::find_if(
          session.steps, [](const Step& step) { return step.state != StepState::kDone; });
      if (at_work == session.steps.end())
        return Waiting{"All its steps are done: it becomes Ready.", std::nullopt};
      return waiting_in(*at_work, now);
    }
    case SessionPhase::kDegraded:
      return Waiting{session.reason, std::nullopt};
    case SessionPhase::kStopping:
      return Waiting{"Waiting until its namespace is gone.", std::nullopt};
    case SessionPhase::kReady:
    case SessionPhase::kGone:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Waiting> waiting_for(const Session& session, const ControllerReport& controller, Instant now) {
  auto own = waiting_for(session, now);
  if (!own) return std::nullopt;
  if (auto silent = silence(controller)) return silent;
  if (session.phase == SessionPhase::kStarting) {
    if (controller.unheard_since) return not_heard(*controller.unheard_since);
    if (!controller.starts_wait.empty()) return nothing_starts(controller.starts_wait);
  }
  return own;
}

Waiting not_heard(Instant since) {
  return {fmt::format(
              "The cluster has not been heard since {}: nothing is started on a picture that may be past.",
              format_rfc3339(since)),
          std::nullopt};
}

Waiting nothing_starts(const std::string& why) {
  return {"Nothing is started on this cluster: " + why, std::nullopt};
}

Waiting waiting_for_files() {
  return {
      "Its window has begun: it starts once the session of yours before it is gone, whose files it takes "
      "over.",
      std::nullopt};
}

Waiting waiting_to_begin(const ControllerReport& controller) {
  if (auto silent = silence(controller)) return *silent;
  if (controller.unheard_since) return not_heard(*controller.unheard_since);
  if (!controller.starts_wait.empty()) return nothing_starts(controller.starts_wait);
  return {"Its window has begun: the controller begins it with its next look.", std::nullopt};
}

}  // namespace berth::model
