#include <fmt/format.h>

#include "planning/planning.hpp"

namespace berth::planning {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string effect_text(const Effect& effect) {
  return std::visit(
      Overloaded{
          [](const MakeNamespace& it) { return fmt::format("make namespace {}", it.object.name); },
          [](const ApplyObject& it) {
            return fmt::format("apply {} {}", it.object.kind.kind, it.object.name);
          },
          [](const PutBack& it) { return fmt::format("apply {} {}", it.object.kind.kind, it.object.name); },
          [](const Renew& it) { return fmt::format("renew {}", it.object.name); },
          [](const RecordStep& it) {
            return fmt::format("step {} {}{}{}", to_string(it.step), to_string(it.state),
                               it.detail.empty() ? "" : ": ", it.detail.substr(0, it.detail.find('\n')));
          },
          [](const PublishEndpoints& it) {
            return fmt::format("publish {} endpoint(s)", it.endpoints.size());
          },
          [](const SetPhase& it) { return fmt::format("phase {}", to_string(it.phase)); },
          [](const DeleteNamespace& it) { return fmt::format("delete namespace {}", it.name); },
          [](const MoveUnits& it) { return fmt::format("move {} claim(s): {}", it.from.size(), it.reason); },
          [](const AddHold& it) { return fmt::format("hold unit {}", it.unit.value); },
          [](const ReleaseHolds&) { return std::string("release holds"); },
          [](const HearWish& it) {
            return fmt::format("hear the wish to go on until {}", format_rfc3339(it.wish.until));
          },
          [](const KeepHome& it) { return fmt::format("keep home volume {}", it.volume); },
          [](const HandHome& it) { return fmt::format("hand on home volume {}", it.volume); },
          [](const LeaveHome& it) {
            return fmt::format("go on without home volume {}: {}", it.volume, it.why);
          },
          [](const FinishSession& it) {
            using Outcome = FinishSession::Outcome;
            const bool held_up = it.its_namespace == FinishSession::Namespace::kHeldUp;
            return (held_up ? std::string("with its namespace held up by others, ") : std::string()) +
                   (it.outcome == Outcome::kCompleted ? "finish: completed"
                    : it.outcome == Outcome::kFailed  ? "finish: failed"
                                                      : "finish: to be tried again");
          }},
      effect.what);
}

}  // namespace

std::string describe(const Action& action) {
  return std::visit(Overloaded{[](const CloseReservation& it) {
                                 return fmt::format("{} reservation {}: {}", it.failed ? "fail" : "complete",
                                                    it.reservation.value, it.reason);
                               },
                               [](const BeginSession& it) {
                                 return fmt::format("begin session {} of reservation {}: {}", it.attempt,
                                                    it.reservation.value, it.reason);
                               },
                               [](const SessionWork& it) {
                                 std::string text =
                                     fmt::format("session {}: {}", it.namespace_name, it.reason);
                                 for (const auto& effect : it.effects) text += "\n    " + effect_text(effect);
                                 return text;
                               },
                               [](const KeepOutages& it) {
                                 auto text = fmt::format("outages: {} unit(s) out of service, {} back",
                                                         it.begin.size(), it.end.size());
                                 for (const auto& one : it.begin)
                                   text += fmt::format("\n    unit {}: {}", one.unit.value, one.why);
                                 for (const auto& one : it.report) text += "\n    tell: " + one.detail;
                                 for (const auto& one : it.resolve) text += "\n    over: " + one.object;
                                 return text;
                               },
                               [](const AnswerKubeconfig& it) {
                                 return fmt::format("answer kubeconfig request {} of session {}", it.request,
                                                    it.namespace_name);
                               },
                               [](const RemoveHome& it) {
                                 using Stage = RemoveHome::Stage;
                                 return fmt::format("home {}: {} volume {}", it.home,
                                                    it.stage == Stage::kLetGo  ? "let go, and delete"
                                                    : it.stage == Stage::kDrop ? "delete"
                                                                               : "close the row of",
                                                    it.volume);
                               },
                               [](const KeepLayout& it) {
                                 std::string text = fmt::format("layout of node {}: {}", it.node,
                                                                it.order == 0 ? "no more" : it.progress.step);
                                 if (!it.progress.sentence.empty()) text += ". " + it.progress.sentence;
                                 if (it.progress.stuck) text += " Repair: " + it.progress.repair;
                                 for (const auto id : it.replaced)
                                   text += fmt::format("\n    order {} is replaced", id);
                                 if (it.label) text += fmt::format("\n    label mig.config={}", *it.label);
                                 for (const auto& one : it.report) text += "\n    tell: " + one.detail;
                                 for (const auto& one : it.resolve) text += "\n    over: " + one.object;
                                 return text;
                               },
                               [](const DropKubeconfig& it) {
                                 return fmt::format("drop kubeconfig request {}: {}", it.request, it.reason);
                               }},
                    action);
}

std::string describe(const PutBack& fence) {
  return fmt::format("apply {} {}: missing or changed", fence.object.kind.kind, fence.object.name);
}

std::string describe(const NotActed& idle) {
  const auto who = idle.namespace_name.empty() ? "reservation " + idle.reservation.value
                                               : "session " + idle.namespace_name;
  const auto until = idle.why.until ? " Until " + format_rfc3339(*idle.why.until) + "." : std::string{};
  return fmt::format("{}: nothing to do now: {}{}", who, idle.why.reason, until);
}

}  // namespace berth::planning
