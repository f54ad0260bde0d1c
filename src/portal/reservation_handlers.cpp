#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/display_name.hpp"
#include "base/text.hpp"
#include "portal/booking_words.hpp"
#include "portal/handlers.hpp"
#include "portal/later.hpp"
#include "portal/metrics.hpp"
#include "portal/problem.hpp"
#include "portal/refusals.hpp"
#include "portal/render.hpp"
#include "store/bookings.hpp"
#include "store/homes.hpp"
#include "store/reservations.hpp"
#include "store/sessions.hpp"
#include "store/warnings.hpp"

namespace berth::portal {
namespace {

constexpr std::size_t kMaxIdempotencyKeyBytes = 200;
constexpr std::size_t kMaxSearchCharacters = 100;

model::ReservationId id_of(const Call& call) {
  return {std::string(call.request.param("id"))};
}

std::vector<std::byte> hash_of(const json::value& body) {
  const auto text = json::serialize(body);
  std::vector<std::byte> hash(crypto_generichash_BYTES);
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return hash;
}

json::object view_of(const Call& call, const store::ReservationView& view) {
  return render(view, call.caller->viewer, call.services.clock.now());
}

http::Response answer(const Call& call, Refusal refusal) {
  return problem(refusal.error, call.request.request_id, std::move(refusal.extra));
}

http::Response refused_answer(const Call& call, const store::Refused& refused) {
  call.services.metrics.count_booking("refused");
  return answer(call, refusal_of(call, refused));
}

HandlerResult changed(Call& call, store::Answer answer_given) {
  if (const auto* refused = std::get_if<store::Refused>(&answer_given)) return refused_answer(call, *refused);
  if (const auto* old = std::get_if<store::Stale>(&answer_given)) return answer(call, refusal_of(call, *old));
  return json_answer(200, view_of(call, std::get<store::Changed>(answer_given).view));
}

Result<store::ReservationFilter> filter_of(const http::Request& request) {
  store::ReservationFilter filter;
  filter.pool = request.query_value("pool").value_or("");
  filter.mine = request.query_value("mine") == "true";
  // The description has refused other words.
  filter.sort = store::parse_reservation_sort(request.query_value("sort").value_or("-created"))
                    .value_or(store::ReservationSort::kNewest);
  filter.device_class = request.query_value("device_class").value_or("");
  filter.text = trimmed(request.query_value("q").value_or(""));
  if (characters_of(filter.text) > kMaxSearchCharacters) {
    return fail(
        invalid_field("q", shown(filter.text), std::to_string(kMaxSearchCharacters),
                      fmt::format("What is looked for has at most {} characters.", kMaxSearchCharacters)));
  }
  std::string_view rest = request.query_value("state").value_or("");
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto word = rest.substr(0, comma);
    const auto state = model::parse_reservation_state(word);
    if (!state) {
      return fail(invalid_field("state", std::string(first_bytes(word, 64)),
                                "APPROVED, ACTIVE, COMPLETED, CANCELED, FAILED", "There is no such state."));
    }
    filter.states.push_back(*state);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return filter;
}

HandlerResult list(Call& call) {
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  auto filter = filter_of(call.request);
  if (!filter) return fail(filter.error());
  auto found = store::list_reservations(call.db, call.caller->viewer, *filter, *page);
  if (!found) return fail(found.error());
  auto body = render_page(found->page, call.caller->viewer, call.services.clock.now());
  if (!found->unreadable.empty()) body["unreadable"] = render(found->unreadable);
  std::vector<model::ReservationId> ids;
  for (const auto& view : found->page.items) ids.push_back(view.reservation.id);
  const auto warnings = store::load_warnings(call.db, ids);
  if (!warnings) return fail(warnings.error());
  for (auto& item : body.at("items").as_array()) {
    if (const auto of = warnings->find({string_at(item, {"id"})}); of != warnings->end())
      item.as_object()["warnings"] = json::array(of->second.begin(), of->second.end());
  }
  return json_answer(200, std::move(body));
}

HandlerResult booked(Call& call, store::Answer answer_given) {
  if (const auto* refused = std::get_if<store::Refused>(&answer_given)) return refused_answer(call, *refused);
  const auto& created = std::get<store::Created>(answer_given);
  call.services.metrics.count_booking(created.replayed ? "replayed" : "booked");
  auto response = json_answer(201, view_of(call, created.view));
  response.headers.emplace_back("Location", "/api/v1/reservations/" + created.view.reservation.id.value);
  return response;
}

HandlerResult create(Call& call) {
  if (auto allowed = need(call, model::Duty::kBook); !allowed) return fail(allowed.error());
  auto wanted = to_create(call.body);
  if (!wanted) return fail(wanted.error());
  std::optional<store::Idempotency> idempotency;
  if (const auto key = call.request.header("Idempotency-Key")) {
    const bool fits = !key->empty() && key->size() <= kMaxIdempotencyKeyBytes &&
                      std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!fits) {
      return fail(invalid_field("Idempotency-Key", shown(*key), "1 to 200 visible ASCII characters",
                                "The idempotency key is not of the form it must have."));
    }
    idempotency = store::Idempotency{std::string(*key), hash_of(call.body)};
  }
  return at_desk(call, {call.author(), store::BookWish{call.caller->viewer, std::move(*wanted), idempotency}},
                 booked);
}

HandlerResult get(Call& call) {
  auto view = store::load_reservation(call.db, call.caller->viewer, id_of(call));
  if (!view) return fail(view.error());
  auto body = view_of(call, *view);
  const auto warnings = store::load_warnings(call.db, {view->reservation.id});
  if (!warnings) return fail(warnings.error());
  if (!warnings->empty()) {
    const auto& told = warnings->begin()->second;
    body["warnings"] = json::array(told.begin(), told.end());
  }
  body["home"] = nullptr;
  // Of the owner's files, so for the owner.
  if (view->reservation.owner == call.caller->viewer.id) {
    const auto home = store::forecast_home(call.db, view->reservation);
    if (!home) return fail(home.error());
    body["home"] = render(*home);
  }
  return json_answer(200, std::move(body));
}

HandlerResult edit(Call& call) {
  auto wanted = to_edit(call.body);
  if (!wanted) return fail(wanted.error());
  return at_desk(call,
                 {call.author(), store::ChangeWish{call.caller->viewer, id_of(call), wanted->version,
                                                   std::move(wanted->change)}},
                 changed);
}

HandlerResult extend(Call& call) {
  auto wanted = to_extend(call.body);
  if (!wanted) return fail(wanted.error());
  return at_desk(
      call, {call.author(), store::ChangeWish{call.caller->viewer, id_of(call), wanted->version, *wanted}},
      changed);
}

HandlerResult end(Call& call) {
  return at_desk(call, {call.author(), store::EndWish{call.caller->viewer, id_of(call)}},
                 [](Call& ended, store::Answer answer_given) -> HandlerResult {
                   return json_answer(200, view_of(ended, std::get<store::Ended>(answer_given).view));
                 });
}

HandlerResult session(Call& call) {
  auto view = store::load_session(call.db, call.caller->viewer, id_of(call));
  if (!view) return fail(view.error());
  return json_answer(200, render(*view));
}

}  // namespace

void add_reservation_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listReservations"] = list;
  handlers["createReservation"] = create;
  handlers["getReservation"] = get;
  handlers["editReservation"] = edit;
  handlers["endReservation"] = end;
  handlers["extendReservation"] = extend;
  handlers["getSession"] = session;
}

}  // namespace berth::portal
