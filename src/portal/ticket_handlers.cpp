#include <algorithm>

#include "entry/ticket.hpp"
#include "model/deeds.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/audit.hpp"
#include "store/gate_keys.hpp"
#include "store/guests.hpp"
#include "store/reservations.hpp"
#include "store/sessions.hpp"

namespace berth::portal {
namespace {

/// Where each app of a workspace lies on its host.
std::string_view path_of(std::string_view app) {
  return app == "lab" ? "/lab/lab" : "/";
}

/// Why nobody can be let in now; success where somebody can.
Result<std::string> address_of(const store::SessionView& view) {
  const auto& session = view.session;
  const bool answers =
      session.phase == model::SessionPhase::kReady || session.phase == model::SessionPhase::kDegraded;
  const auto endpoint = std::find_if(session.endpoints.begin(), session.endpoints.end(),
                                     [](const model::Endpoint& one) { return one.name == "workspace"; });
  if (answers && endpoint != session.endpoints.end()) return endpoint->url;
  const auto why = view.waiting_for ? ": " + view.waiting_for->reason : std::string(".");
  return fail(Code::kConflict, "The workspace cannot be opened yet" + why, "workspace_not_ready");
}

model::ReservationId id_of(const Call& call) {
  return {std::string(call.request.param("id"))};
}

HandlerResult make_ticket(Call& call) {
  const auto id = id_of(call);
  const auto& viewer = call.caller->viewer;
  const auto now = call.services.clock.now();
  const auto booked = store::load_reservation(call.db, viewer, id);
  if (!booked) return fail(booked.error());
  const auto& reservation = booked->reservation;
  if (!model::allowed(viewer, model::Action::kOpen, id, reservation.owner, reservation.team))
    return fail(Code::kForbidden, "Only its owner, and whom the owner named, can open this workspace.");
  if (!model::is_open_to(reservation, model::Deed::kOpen, now)) {
    return fail(Code::kConflict,
                "This reservation has no workspace to open: it has not begun, or it is over.",
                "workspace_not_ready");
  }
  const auto session = store::load_session(call.db, viewer, id);
  if (!session) return fail(session.error());
  const auto address = address_of(*session);
  if (!address) return fail(address.error());

  const auto key = store::signing_key(call.db, call.services.random, call.author());
  if (!key) return fail(key.error());
  const entry::Ticket ticket{.id = random_uuid(call.services.random),
                             .user = viewer.id.value,
                             .session = session->session.id.value,
                             .host = session->session.host,
                             .expires = now + entry::kTicketLifetime};
  if (auto noted = store::record_audit(call.db, call.author(),
                                       {"auth.ticket", "session", session->session.id.value, "done"});
      !noted) {
    return fail(noted.error());
  }
  const auto url = *address + "_gate/open?t=" + entry::sign(ticket, *key) +
                   "&to=" + std::string(path_of(string_at(call.body, {"app"})));
  return json_answer(201, json::object{{"url", url}, {"expires_at", format_rfc3339(ticket.expires)}});
}

json::object render_guest(const store::Guest& guest) {
  return {{"id", guest.id.value},
          {"email", guest.email},
          {"name", guest.name},
          {"named_at", format_rfc3339(guest.named_at)}};
}

HandlerResult list_guests(Call& call) {
  const auto booked = store::load_reservation(call.db, call.caller->viewer, id_of(call));
  if (!booked) return fail(booked.error());
  const auto guests = store::list_guests(call.db, booked->reservation.id);
  if (!guests) return fail(guests.error());
  json::array items;
  for (const auto& guest : *guests) items.push_back(render_guest(guest));
  return json_answer(200, json::object{{"items", std::move(items)}, {"next", nullptr}});
}

HandlerResult add_guest(Call& call) {
  const auto& viewer = call.caller->viewer;
  const auto booked = store::load_reservation(call.db, viewer, id_of(call));
  if (!booked) return fail(booked.error());
  const auto& of = booked->reservation;
  if (!model::allowed(viewer, model::Action::kShare, of.id, of.owner, of.team))
    return fail(Code::kForbidden, "Only its owner lets others into a workspace.", "not_allowed");
  if (!model::is_open_to(of, model::Deed::kShare, call.services.clock.now()))
    return fail(Code::kConflict, "This reservation is over, so nobody can be let in any more.",
                "reservation_over");
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  const auto guest = store::add_guest(*transaction, of, string_at(call.body, {"email"}));
  if (!guest) return fail(guest.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return json_answer(201, render_guest(*guest));
}

/// By the owner; by an admin, who cannot look in but can put somebody out; by the guest.
HandlerResult remove_guest(Call& call) {
  const auto& viewer = call.caller->viewer;
  const auto booked = store::load_reservation(call.db, viewer, id_of(call));
  if (!booked) return fail(booked.error());
  const auto& of = booked->reservation;
  const model::UserId guest{std::string(call.request.param("member"))};
  const bool may = model::allowed(viewer, model::Action::kShare, of.id, of.owner, of.team) ||
                   viewer.role == model::Role::kAdmin || guest == viewer.id;
  if (!may) return fail(Code::kForbidden, "Only the owner or an admin puts others out.", "not_allowed");
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  if (auto gone = store::remove_guest(*transaction, of.id, guest); !gone) return fail(gone.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

void add_ticket_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["makeTicket"] = make_ticket;
  handlers["listGuests"] = list_guests;
  handlers["addGuest"] = add_guest;
  handlers["removeGuest"] = remove_guest;
}

}  // namespace berth::portal
