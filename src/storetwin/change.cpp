#include "storetwin/change.hpp"

#include <iterator>

namespace berth::storetwin {

Change::Change(const Rows& rows, Instant now, std::string actor, std::string action)
    : tables(rows.tables), now_(now), actor_(std::move(actor)), action_(std::move(action)) {}

void Change::audit(std::string_view type, std::string_view done, std::string id,
                   std::optional<model::ReservationState> state) {
  auto action = action_.empty() ? std::string(type).append(done) : action_;
  audited_.push_back({actor_, std::move(action), std::string(type), std::move(id), state});
}

void Change::audit_made(std::string_view type, std::string id, std::optional<model::ReservationState> state) {
  audit(type, ".created", std::move(id), state);
}

void Change::audit_changed(std::string_view type, std::string id,
                           std::optional<model::ReservationState> state) {
  audit(type, ".changed", std::move(id), state);
}

void Change::change_state(model::Reservation& reservation, std::optional<model::ReservationState> to) {
  if (to) reservation.state = *to;
  ++reservation.version;
  audit_changed("reservation", reservation.id.value, to);
}

void Change::tell(std::string_view kind, const model::Reservation& reservation) {
  events_.push_back({now_, std::string(kind), reservation.pool, reservation.id, reservation.owner});
}

void Change::tell_of_session(std::string_view kind, const model::SessionId& session) {
  const auto found = tables.sessions.find(session);
  if (found != tables.sessions.end()) tell(kind, reservation(found->second.session.reservation));
}

void Change::commit(Rows& rows) && {
  rows.tables = std::move(tables);
  std::move(events_.begin(), events_.end(), std::back_inserter(rows.events));
  std::move(audited_.begin(), audited_.end(), std::back_inserter(rows.audited));
}

}  // namespace berth::storetwin
