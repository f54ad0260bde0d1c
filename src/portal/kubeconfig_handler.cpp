// A kubeconfig for one's own session. The portal has no way to the cluster: it asks the reconciler through
// the database, and what comes back is sealed to a key pair that lives as long as the request, in memory
// alone (decision 48).
#include <fmt/format.h>

#include <algorithm>

#include "entry/kube_access.hpp"
#include "entry/sealed.hpp"
#include "model/deeds.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/waiting_room.hpp"
#include "store/kubeconfigs.hpp"
#include "store/reservations.hpp"
#include "store/sessions.hpp"

namespace berth::portal {
namespace {

constexpr std::size_t kIdCharacters = 8;  // of the reservation's, as lists show it

/// "train-run-0b1c2d3e": what can be typed, and is another for each reservation where files are merged.
std::string context_name(const model::Reservation& reservation) {
  std::string name;
  for (const char c : reservation.name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (!name.empty() && name.back() != '-') name += '-';
  return name + reservation.id.value.substr(0, kIdCharacters);
}

/// What it is good for, beside the secret.
struct Wanted {
  std::string id;
  store::Author author;
  std::string context;
  std::string ns;
  Instant end;  // of the reservation
};

Result<http::Response> response_of(const Wanted& wanted, const entry::SealKeys& keys,
                                   const store::Sealed& sealed) {
  const auto text = keys.open(sealed);
  const auto access = text ? entry::read_kube_access(*text) : Result<entry::KubeAccess>(fail(text.error()));
  if (!access) return fail(Code::kInternal, "open the reconciler's answer: " + access.error().message);
  auto response = json_answer(
      200, json::object{{"kubeconfig", entry::kubeconfig_text(*access, wanted.context, wanted.ns)},
                        {"context", wanted.context},
                        {"namespace", wanted.ns},
                        {"expires_at", format_rfc3339(access->expires)},
                        {"valid_until", format_rfc3339(std::min(access->expires, wanted.end))}});
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Error not_ready(std::string why) {
  return {.code = Code::kConflict, .message = std::move(why), .slug = "workspace_not_ready"};
}

Error silence_of(std::chrono::milliseconds patience) {
  return {.code = Code::kUnavailable,
          .message = fmt::format(
              "The controller did not answer within {:g} s, so there is no kubeconfig. Try again.",
              std::chrono::duration<double>(patience).count()),
          .slug = std::string(kControllerSilent),
          .retry_after_seconds = 5};
}

HandlerResult take(Call& call) {
  const model::ReservationId id{std::string(call.request.param("id"))};
  const auto& viewer = call.caller->viewer;
  const auto booked = store::load_reservation(call.db, viewer, id);
  if (!booked) return fail(booked.error());
  const auto& of = booked->reservation;
  if (!model::allowed(viewer, model::Action::kKubeconfig, id, of.owner, of.team))
    return fail(Code::kForbidden, "Only its owner gets a kubeconfig for a session.", "not_allowed");
  if (!model::is_open_to(of, model::Deed::kKubeconfig, call.services.clock.now())) {
    return fail(not_ready("This reservation has no session to reach: it has not begun, or it is over."));
  }
  const auto view = store::load_session(call.db, viewer, id);
  if (!view) return fail(view.error());
  const auto phase = view->session.phase;
  if (phase != model::SessionPhase::kReady && phase != model::SessionPhase::kDegraded) {
    return fail(not_ready("There is no kubeconfig before the session is ready" +
                          (view->waiting_for ? ": " + view->waiting_for->reason : std::string("."))));
  }

  const auto keys = std::make_shared<const entry::SealKeys>(call.services.random);
  const Wanted wanted{.id = random_uuid(call.services.random),
                      .author = call.author(),
                      .context = context_name(of),
                      .ns = view->session.namespace_name,
                      .end = of.window.end};
  auto transaction = store::begin_write(call.db, wanted.author);
  if (!transaction) return fail(transaction.error());
  if (auto asked = store::ask_kubeconfig(*transaction, {wanted.id, id, viewer.id, keys->public_half()});
      !asked)
    return fail(asked.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());

  const auto look = [wanted, keys](pg::Connection& db, bool last) -> Result<std::optional<http::Response>> {
    const auto answer = store::take_kubeconfig(db, wanted.author, wanted.id, last);
    if (!answer) return fail(answer.error());
    if (std::holds_alternative<store::Dropped>(*answer))
      return fail(not_ready("The session is not there any more, or not yet: there is no kubeconfig for it."));
    const auto* sealed = std::get_if<store::Sealed>(&*answer);
    if (sealed == nullptr) return std::nullopt;
    auto response = response_of(wanted, *keys, *sealed);
    if (!response) return fail(response.error());
    return std::optional(std::move(*response));
  };
  const auto patience = call.services.controller_patience;
  call.sought = std::make_shared<Sought>(Sought{patience, look, silence_of(patience)});
  return http::Response{};
}

}  // namespace

void add_kubeconfig_handler(std::map<std::string, OperationHandler>& handlers) {
  handlers["takeKubeconfig"] = take;
}

}  // namespace berth::portal
