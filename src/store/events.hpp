// What happened, for open pages: in commit order, so that a reader who has seen n never meets a lower one
// later.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/ids.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// Notified at each event, with an empty payload.
inline constexpr std::string_view kEventChannel = "berth_event";
inline constexpr int kMaxEventsAtOnce = 1000;

namespace event_kind {
inline constexpr std::string_view kReservation = "reservation";  // for others than its own people: kCalendar
inline constexpr std::string_view kCalendar = "calendar";        // which units are held, and nothing else
inline constexpr std::string_view kSession = "session";
inline constexpr std::string_view kPool = "pool";
}  // namespace event_kind

struct Event {
  std::int64_t id = 0;
  Instant at;
  std::string kind;
  std::optional<std::string> pool;  // its name
  std::optional<model::ReservationId>
      reservation;  // whose owner and team say who may see more than kCalendar
  std::optional<model::UserId> owner;
  std::optional<model::TeamId> team;
};

/// The events after `id`, at most kMaxEventsAtOnce, oldest first.
struct Events {
  std::vector<Event> events;
  bool gap = false;  // some after `id` are no longer kept, or `id` is not ours: whoever resumes must look at
                     // everything
};
Result<Events> events_after(pg::Connection& connection, std::int64_t id);
/// The newest id, 0 when there was never one: where someone begins who has just looked at everything.
Result<std::int64_t> newest_event(pg::Connection& connection);

/// The id after which come the last `count` events up to `id`; or as many as are kept.
Result<std::int64_t> event_before(pg::Connection& connection, std::int64_t id, int count);

struct NewEvent {
  std::string_view kind;
  std::optional<model::PoolId> pool;
  std::optional<model::ReservationId> reservation;
  std::optional<model::UserId> owner;
  std::optional<model::TeamId> team;
};
/// The LAST statement of a transaction: from here to the commit no other transaction can emit.
Status emit(pg::Transaction& transaction, const NewEvent& event);
void add_emit(pg::Batch& batch, const NewEvent& event);
/// The same for several changes in one pool, in their order.
void add_emit(pg::Batch& batch, std::string_view kind, model::PoolId pool,
              const std::vector<model::Reservation>& changed);
/// Of the reservation, of whose session it is; of its pool, owner and team.
Status emit_of(pg::Transaction& transaction, std::string_view kind, const model::ReservationId& reservation);
Status emit_of(pg::Transaction& transaction, std::string_view kind, const model::SessionId& session);

}  // namespace berth::store
