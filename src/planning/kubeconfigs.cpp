#include "planning/kubeconfigs.hpp"

#include <algorithm>

#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

const DesiredSession* session_of(const Desired& desired, const model::ReservationId& reservation) {
  const auto found = std::ranges::find_if(
      desired.sessions, [&](const DesiredSession& one) { return one.booked.reservation.id == reservation; });
  return found == desired.sessions.end() ? nullptr : &*found;
}

/// Who was disabled owns it still and is let in nowhere.
bool may_have_it(const KubeconfigRequest& request, const Booked& booked) {
  return request.asked_by == booked.reservation.owner &&
         std::ranges::any_of(booked.may_enter, [&](const entry::Person& person) {
           return person.id == booked.reservation.owner.value;
         });
}

bool is_up(const model::Session& session) {
  return session.phase == model::SessionPhase::kReady || session.phase == model::SessionPhase::kDegraded;
}

/// Nothing to do about one that waits until what its token hangs on is in its place.
std::optional<Action> plan_one(const Desired& desired, const Observed& observed,
                               const KubeconfigRequest& request) {
  const auto drop = [&](std::string why) { return DropKubeconfig{request.id, std::move(why)}; };
  if (desired.now >= request.asked_at + kKubeconfigPatience) return drop("nobody waits for it any more");
  const auto* wanted = session_of(desired, request.reservation);
  if (wanted == nullptr) return drop("there is no session");
  const auto& reservation = wanted->booked.reservation;
  if (reservation.end_requested_at || desired.now >= reservation.window.end)
    return drop("its reservation is over");
  if (!may_have_it(request, wanted->booked)) return drop("it is not for whoever asked");
  if (!is_up(wanted->session)) return drop("its session is not ready");
  // What is answered lies there for whoever asked, until nobody does any more.
  if (request.answered) return std::nullopt;
  auto guard = manifests::kubeconfig_guard(spec_of(desired, *wanted, observed));
  if (!drifted({guard}, observed).empty()) return std::nullopt;
  const auto left = std::chrono::ceil<seconds>(reservation.window.end - desired.now);
  return AnswerKubeconfig{.request = request.id,
                          .key = request.key,
                          .namespace_name = wanted->session.namespace_name,
                          .account = std::string(manifests::kServiceAccountName),
                          .lifetime = std::max(left, kShortestToken),
                          .api_url = wanted->booked.cluster.api_url,
                          .api_authority = wanted->booked.cluster.api_authority,
                          .guard = std::move(guard)};
}

}  // namespace

std::vector<Action> plan_kubeconfigs(const Desired& desired, const Observed& observed) {
  std::vector<Action> actions;
  std::size_t answers = 0;
  for (const auto& request : desired.kubeconfigs) {
    auto action = plan_one(desired, observed, request);
    if (!action) continue;
    if (std::holds_alternative<AnswerKubeconfig>(*action) && ++answers > kMostAnswersInACycle) continue;
    actions.push_back(std::move(*action));
  }
  return actions;
}

}  // namespace berth::planning
