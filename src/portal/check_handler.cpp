#include "portal/booking_words.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/refusals.hpp"
#include "portal/render.hpp"
#include "store/check.hpp"
#include "store/homes.hpp"

namespace berth::portal {
namespace {

constexpr std::array<std::string_view, 3> kKinds{"create", "edit", "extend"};

/// Which of the three is asked about; kInvalid unless it is exactly one, with a reservation where it needs
/// one.
Result<std::string_view> kind_of(const json::value& body) {
  std::string_view kind;
  for (const auto one : kKinds) {
    if (find(body, {one}) == nullptr) continue;
    if (!kind.empty()) {
      return fail(invalid_field(std::string(one), "", "one of create, edit and extend",
                                "Give exactly one of create, edit and extend."));
    }
    kind = one;
  }
  if (kind.empty()) {
    return fail(invalid_field("create", "", "one of create, edit and extend",
                              "Give exactly one of create, edit and extend."));
  }
  const bool names_one = find(body, {"reservation"}) != nullptr;
  if (names_one == (kind == "create")) {
    return fail(invalid_field(
        "reservation", string_at(body, {"reservation"}), "the id of what edit or extend is about",
        names_one ? "A new booking has no reservation yet." : "Say which reservation."));
  }
  return kind;
}

/// A request that already as such is at fault is refused as the call would refuse it.
template <typename Request, typename Check>
Result<store::Forecast> check_words(const Result<Request>& request, Check check) {
  if (request) return check(*request);
  return store::Forecast{request.error(), std::nullopt, std::nullopt};
}

Result<store::Forecast> ask(Call& call, std::string_view kind) {
  const auto& viewer = call.caller->viewer;
  const auto& words = call.body.at(kind);
  const model::ReservationId id{string_at(call.body, {"reservation"})};
  if (kind == "create") {
    return check_words(to_create(words),
                       [&](const auto& it) { return store::check_create(call.db, viewer, it); });
  }
  if (kind == "edit") {
    return check_words(to_edit(words),
                       [&](const auto& it) { return store::check_edit(call.db, viewer, id, it); });
  }
  return check_words(to_extend(words),
                     [&](const auto& it) { return store::check_extend(call.db, viewer, id, it); });
}

json::value problem_of(const Call& call, const store::Forecast& forecast) {
  if (const auto* error = std::get_if<Error>(&forecast.verdict)) return problem_body(*error);
  if (const auto* stale = std::get_if<store::Stale>(&forecast.verdict)) {
    auto refusal = refusal_of(call, *stale);
    return problem_body(refusal.error, std::move(refusal.extra));
  }
  if (const auto* refused = std::get_if<store::Refused>(&forecast.verdict)) {
    auto refusal = refusal_of(call, *refused);
    return problem_body(refusal.error, std::move(refusal.extra));
  }
  return nullptr;
}

HandlerResult check(Call& call) {
  const auto kind = kind_of(call.body);
  if (!kind) return fail(kind.error());
  if (*kind == "create") {
    if (auto allowed = need(call, model::Duty::kBook); !allowed) return fail(allowed.error());
  }
  const auto forecast = ask(call, *kind);
  if (!forecast) return fail(forecast.error());
  auto body = render(*forecast, problem_of(call, *forecast));
  body["home"] = nullptr;
  // Of the owner's files, so for the owner.
  if (forecast->planned && forecast->planned->reservation.owner == call.caller->viewer.id) {
    const auto home = store::forecast_home(call.db, forecast->planned->reservation);
    if (!home) return fail(home.error());
    body["home"] = render(*home);
  }
  return json_answer(200, std::move(body));
}

}  // namespace

void add_check_handler(std::map<std::string, OperationHandler>& handlers) {
  handlers["checkReservation"] = check;
}

}  // namespace berth::portal
