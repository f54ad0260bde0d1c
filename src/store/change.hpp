// A reservation under its locks, ready to be changed.
#pragma once

#include "model/permissions.hpp"
#include "model/pool.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/reservations.hpp"

namespace berth::store {

/// The reservation and its pool as they are under the pool's and the row's lock.
struct Locked {
  pg::Transaction transaction;
  ReservationView view;
  model::Pool pool;
  Instant now;
};

/// Opens a transaction that holds the pool's lock and the reservation's row. kNotFound when the viewer may
/// not see it, kForbidden (slug "not_allowed") when they may see it and not do `action`.
Result<Locked> lock_reservation(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                                const model::ReservationId& id, model::Action action);

}  // namespace berth::store
