// A transaction of the twin: made on a copy of the rows, which takes their place when all of it went through.
#pragma once

#include <string>
#include <string_view>

#include "storetwin/rows.hpp"

namespace berth::storetwin {

class Change {
 public:
  /// `action`: what audit rows say instead of their table's own word; empty: that one.
  Change(const Rows& rows, Instant now, std::string actor, std::string action = {});

  Tables tables;

  Instant now() const { return now_; }
  model::Reservation& reservation(const model::ReservationId& id) { return tables.reservations.at(id); }

  /// As the triggers write them. `state` is the one that a reservation came to.
  void audit_made(std::string_view type, std::string id, std::optional<model::ReservationState> state = {});
  void audit_changed(std::string_view type, std::string id,
                     std::optional<model::ReservationState> state = {});
  /// A change of the reservation's row, which is a version of its own.
  void change_state(model::Reservation& reservation, std::optional<model::ReservationState> to);
  void tell(std::string_view kind, const model::Reservation& reservation);
  /// Of the session's reservation; nobody is told of a session that there is not.
  void tell_of_session(std::string_view kind, const model::SessionId& session);

  void commit(Rows& rows) &&;

 private:
  void audit(std::string_view type, std::string_view done, std::string id,
             std::optional<model::ReservationState> state);

  Instant now_;
  std::string actor_;
  std::string action_;
  std::vector<Event> events_;
  std::vector<Audited> audited_;
};

}  // namespace berth::storetwin
