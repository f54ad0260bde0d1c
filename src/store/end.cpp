#include <string>

#include "model/cleaning.hpp"
#include "store/booking_writes.hpp"
#include "store/bookings.hpp"
#include "store/change.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kCancel{"end_cancel", R"sql(
    UPDATE berth.reservation
    SET state = 'CANCELED', reason = $2, version = version + 1
    WHERE id = $1
)sql"};
constexpr pg::Query kRequestEnd{"end_request", R"sql(
    UPDATE berth.reservation
    SET end_requested_at = $3, reason = $2, version = version + 1
    WHERE id = $1
)sql"};

std::string_view by_whom(const model::Viewer& viewer, const model::Reservation& reservation) {
  switch (relation(viewer, reservation.owner, reservation.team)) {
    case model::Relation::kOwner:
      return "its owner";
    case model::Relation::kLeadsTeam:
      return "a lead of its team";
    case model::Relation::kLeadsOwner:
    case model::Relation::kTeammate:
    case model::Relation::kNone:
      return "an admin";
  }
  return "an admin";
}

Result<ReservationView> end_once(pg::Connection& connection, const Author& author,
                                 const model::Viewer& viewer, const model::ReservationId& id) {
  auto locked = lock_reservation(connection, author, viewer, id, model::Action::kEnd);
  if (!locked) return fail(locked.error());
  const auto& current = locked->view.reservation;
  const bool cancel = model::after(current.state, model::ReservationEvent::kCanceledByUser).has_value();
  const bool end_now = current.state == model::ReservationState::kActive && !current.end_requested_at;
  if (!cancel && !end_now)
    return std::move(locked->view);  // it is over or ending: that is what was asked for

  if (end_now && locked->now >= current.window.end) {
    // Its end has come by itself: that somebody ended it would be no true record.
    return fail(Code::kConflict, "This reservation is over, so it can no longer be ended.",
                "reservation_over");
  }

  const auto reason =
      std::string(cancel ? "Canceled by " : "Ended by ").append(by_whom(viewer, current)) + ".";
  if (auto named =
          name_action(locked->transaction, cancel ? "reservation.canceled" : "reservation.end_requested");
      !named) {
    return fail(named.error());
  }
  pg::Batch batch;
  if (cancel) {
    give_up_claims(batch, id);  // before the state: claims of what is over are kept as they are
    batch.add(kCancel, id, reason);
  } else {
    batch.add(kRequestEnd, id, reason, locked->now);
    auto ending = current;
    ending.end_requested_at = locked->now;
    set_claims_end(batch, id, model::free_by(ending));
  }
  if (const auto written = connection.exec(batch); !written) {
    return fail(within("write the end of a reservation", written.error()));
  }
  auto view = load_view(connection, id);
  if (!view) return fail(view.error());
  pg::Batch news;
  add_news(news, locked->pool, current, locked->now);
  if (const auto told = connection.exec(news); !told) return fail(within("tell of a change", told.error()));
  if (auto committed = locked->transaction.commit(); !committed) {
    return fail(within("commit the end of a reservation", committed.error()));
  }
  return view;
}

}  // namespace

Result<ReservationView> end(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                            const model::ReservationId& id) {
  return repeat_collided([&] { return end_once(connection, author, viewer, id); });
}

}  // namespace berth::store
