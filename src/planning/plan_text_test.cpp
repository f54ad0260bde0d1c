#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "manifests/golden_for_test.hpp"
#include "planning/plan_text_for_test.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using Today = std::vector<manifests::Object>;

std::string object_text(const manifests::Object& object, const Today& today) {
  std::string text = object.kind.kind;
  if (!object.kind.group.empty()) text += "." + object.kind.group;
  text += " " + (object.namespace_name.empty() ? "" : object.namespace_name + "/") + object.name;
  const bool as_today = std::ranges::any_of(today, [&](const manifests::Object& known) {
    return key_of(known) == key_of(object) && known.kind == object.kind && known.body == object.body;
  });
  if (as_today) return text;
  text += ":\n";
  manifests::print(object.body, text, "        ");
  return text;
}

std::string ids(const std::vector<model::UnitId>& units) {
  std::string text;
  for (const auto& unit : units) text += fmt::format("{}{}", text.empty() ? "" : ",", unit.value);
  return text;
}

/// One overload an effect; none left out, or this does not compile.
struct EffectText {
  const Today& today;

  std::string operator()(const MakeNamespace& it) const { return "make " + object_text(it.object, today); }
  std::string operator()(const ApplyObject& it) const { return "apply " + object_text(it.object, today); }
  std::string operator()(const PutBack& it) const { return "put back " + object_text(it.object, today); }
  std::string operator()(const Renew& it) const { return "renew " + object_text(it.object, today); }
  std::string operator()(const RecordStep& it) const {
    auto text = fmt::format("step {} {} {}", to_string(it.step), to_string(it.state),
                            json::serialize(json::value(it.detail)));
    if (it.retried) text += ", retried by the cluster";
    if (it.between_tries) text += ", between tries";
    return text;
  }
  std::string operator()(const PublishEndpoints& it) const {
    std::string text = "publish";
    for (const auto& endpoint : it.endpoints) text += fmt::format(" {}={}", endpoint.name, endpoint.url);
    return text;
  }
  std::string operator()(const HearWish& it) const {
    return fmt::format("hear wish {} until {}", it.wish.id, format_rfc3339(it.wish.until));
  }
  std::string operator()(const KeepHome& it) const {
    auto text = fmt::format("keep home {} of claim {}", it.volume, it.claim_uid);
    for (const auto& [name, value] : it.identity) text += fmt::format(" {}={}", name, value);
    return text;
  }
  std::string operator()(const HandHome& it) const {
    return fmt::format("hand home {} on {}", it.home, it.volume);
  }
  std::string operator()(const LeaveHome& it) const {
    return fmt::format("leave home {} on {} \"{}\"{}", it.home, it.volume, it.why, it.lost ? ", lost" : "");
  }
  std::string operator()(const SetPhase& it) const {
    auto text = fmt::format("phase {} \"{}\"", to_string(it.phase), it.reason);
    if (it.failed) text += ", failed";
    if (it.only_if == OnlyIf::kNamespaceGone) text += ", only if the namespace is gone";
    if (it.only_if == OnlyIf::kReservationOver) text += ", only if the reservation is over";
    return text;
  }
  std::string operator()(const DeleteNamespace& it) const {
    return fmt::format("delete namespace {} uid {}", it.name, it.uid);
  }
  std::string operator()(const MoveUnits& it) const {
    return fmt::format("move units {} to {} \"{}\"", ids(it.from), ids(it.to), it.reason);
  }
  std::string operator()(const AddHold& it) const {
    return fmt::format("hold unit {} \"{}\"", it.unit.value, it.why);
  }
  std::string operator()(const ReleaseHolds&) const { return "release holds"; }
  std::string operator()(const FinishSession& it) const {
    using Outcome = FinishSession::Outcome;
    return fmt::format(
        "finish {} \"{}\"{}",
        it.outcome == Outcome::kCompleted ? "completed"
        : it.outcome == Outcome::kFailed  ? "failed"
                                          : "to be tried again",
        it.reason, it.its_namespace == FinishSession::Namespace::kHeldUp ? ", its namespace held up" : "");
  }
};

struct ActionText {
  const Today& today;

  std::string operator()(const CloseReservation& it) const {
    return fmt::format("close reservation {} as {} \"{}\"", it.reservation.value,
                       it.failed ? "failed" : "completed", it.reason);
  }
  std::string operator()(const KeepOutages& it) const {
    std::string text = "outages";
    for (const auto& one : it.begin)
      text += fmt::format("\n    out: unit {} \"{}\"", one.unit.value, one.why);
    for (const auto unit : it.end) text += fmt::format("\n    back: unit {}", unit.value);
    for (const auto& one : it.report)
      text += fmt::format("\n    finding {} {} \"{}\" \"{}\"", one.kind, one.object, one.detail,
                          one.planned_action);
    for (const auto& one : it.resolve) text += fmt::format("\n    over: {} {}", one.kind, one.object);
    return text;
  }
  std::string operator()(const AnswerKubeconfig& it) const {
    return fmt::format("answer kubeconfig {} with a token of {}/{} for {} s, at {}", it.request,
                       it.namespace_name, it.account, it.lifetime.count(),
                       it.api_url.empty() ? "the reconciler's address" : it.api_url);
  }
  std::string operator()(const RemoveHome& it) const {
    return fmt::format("remove home {} on {}, stage {}", it.home, it.volume, static_cast<int>(it.stage));
  }
  std::string operator()(const KeepLayout& it) const {
    auto text = fmt::format("layout of {}, order {}: {} \"{}\" until {}", it.node, it.order, it.progress.step,
                            it.progress.sentence,
                            it.progress.until ? format_rfc3339(*it.progress.until) : "not known");
    if (it.progress.stuck) text += fmt::format("\n    stuck, repair \"{}\"", it.progress.repair);
    if (it.takes_force) text += "\n    takes force";
    if (it.retries) text += "\n    retries";
    for (const auto id : it.replaced) text += fmt::format("\n    replaces {}", id);
    if (it.label) text += "\n    label " + *it.label;
    for (const auto& one : it.report)
      text += fmt::format("\n    finding {} {} \"{}\" \"{}\"", one.kind, one.object, one.detail,
                          one.planned_action);
    for (const auto& one : it.resolve) text += fmt::format("\n    over: {} {}", one.kind, one.object);
    return text;
  }
  std::string operator()(const DropKubeconfig& it) const {
    return fmt::format("drop kubeconfig {} \"{}\"", it.request, it.reason);
  }
  std::string operator()(const BeginSession& it) const {
    return fmt::format("begin session {} of reservation {} under {} \"{}\"", it.attempt, it.reservation.value,
                       it.apps_domain, it.reason);
  }
  std::string operator()(const SessionWork& it) const {
    auto text = fmt::format("session {} in {}, {} steps stored, {}, on failure {} \"{}\"", it.session.value,
                            it.namespace_name, it.steps.size(),
                            it.stage == Stage::kBringsUp ? "brings it up" : "at any time",
                            it.on_failure == OnFailure::kStop ? "stop" : "go on", it.reason);
    for (const auto& effect : it.effects) {
      text += "\n    " + std::visit(EffectText{today}, effect.what);
      if (effect.step) text += fmt::format("  [counts against {}]", to_string(*effect.step));
    }
    return text;
  }
};

}  // namespace

std::string plan_text(const Plan& plan, const Today& today) {
  auto text = fmt::format("at {}\nactions:\n", format_rfc3339(plan.now));
  for (const auto& fence : plan.fences) text += "  put back " + object_text(fence.object, today) + "\n";
  for (const auto& action : plan.actions) text += "  " + std::visit(ActionText{today}, action) + "\n";
  text += "idle:\n";
  for (const auto& idle : plan.idle) {
    text += fmt::format("  reservation {} in {}: {} until {}\n", idle.reservation.value,
                        idle.namespace_name.empty() ? "no session" : idle.namespace_name,
                        json::serialize(json::value(idle.why.reason)),
                        idle.why.until ? format_rfc3339(*idle.why.until) : "not known");
  }
  return text;
}

}  // namespace berth::planning
