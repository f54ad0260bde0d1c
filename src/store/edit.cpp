#include "store/booking_writes.hpp"
#include "store/bookings.hpp"
#include "store/change.hpp"
#include "store/change_words.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/decision.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kUpdate{"edit_update", R"sql(
    UPDATE berth.reservation
    SET device_class = $2, units = $3, cpu_milli = $4, memory_gib = $5, storage_gib = $6, mode = $7,
        start_at = $8, end_at = $9, name = $10, rate_micros = $11, currency = $12, version = version + 1
    WHERE id = $1
)sql"};

void add_update(pg::Batch& batch, const model::Reservation& one) {
  batch.add(kUpdate, one.id, one.device_class, one.units, one.load.cpu, one.load.memory, one.load.storage,
            one.mode, one.window.start, one.window.end, one.name, one.rate, one.currency);
}

/// What the placement changes of claims: its own and those of others that make room.
void add_claim_changes(pg::Batch& batch, const model::Reservation& current, const booking::Wanted& wanted,
                       const booking::Placement& placement, const booking::Snapshot& snapshot) {
  const auto swaps = swaps_of(placement.moves, snapshot.holdings);
  if (current.state == model::ReservationState::kActive) {
    // place() keeps what has begun on its units: only the end of its claims moves, after whoever was behind
    // it.
    add_swaps(batch, swaps);
    set_claims_end(batch, current.id, wanted.window.end);
  } else {
    remove_claims(batch, current.id);
    add_swaps(batch, swaps);
    add_claims(batch, current.id, placement.units, wanted.window);
  }
}

/// `make_edit(policy, current)` says what is to change, or what is wrong with the request.
template <typename MakeEdit>
Result<Attempt<ChangeOutcome>> change_once(pg::Connection& connection, const Author& author,
                                           const model::Viewer& viewer, const model::ReservationId& id,
                                           std::optional<std::int64_t> version, std::string_view action,
                                           MakeEdit make_edit) {
  auto locked = lock_reservation(connection, author, viewer, id, model::Action::kEdit);
  if (!locked) return fail(locked.error());
  const auto& current = locked->view.reservation;
  if (version && *version != current.version) return ChangeOutcome(Stale{std::move(locked->view)});
  const Result<booking::EditRequest> wish = make_edit(locked->pool.policy, current);
  if (!wish) return fail(wish.error());
  const auto resolved = booking::resolve_edit(locked->pool, current, *wish, locked->now);
  if (!resolved) return fail(resolved.error());

  pg::Batch batch;
  const auto after = changed(locked->pool, locked->view.reservation, *resolved);
  add_update(batch, after);
  if (!same_place(current, resolved->wanted)) {
    const bool may_move = current.state != model::ReservationState::kActive;
    const auto decision =
        decide_and_lock(locked->transaction, locked->pool, resolved->wanted, locked->now, may_move);
    if (!decision) return fail(decision.error());
    if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) {
      auto instead = asked_instead(viewer, locked->view, *resolved, begins_now(*wish));
      return Denied{*shortage, std::move(locked->pool), std::move(instead.asked), instead.as_asked};
    }
    add_claim_changes(batch, current, resolved->wanted, std::get<booking::Placement>(decision->verdict),
                      decision->snapshot);
  }
  if (auto named = name_action(locked->transaction, action); !named) return fail(named.error());
  const auto written = connection.exec(batch);
  if (!written) return fail(in_words("write a change of a reservation", written.error()));
  auto view = load_view(connection, id);
  if (!view) return fail(view.error());
  pg::Batch news;
  add_news(news, locked->pool, after, locked->now);
  if (const auto told = connection.exec(news); !told) return fail(within("tell of a change", told.error()));
  if (auto committed = locked->transaction.commit(); !committed) {
    return fail(in_words("commit a change of a reservation", committed.error()));
  }
  return ChangeOutcome(Changed{std::move(*view)});
}

template <typename MakeEdit>
Result<ChangeOutcome> change(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                             const model::ReservationId& id, std::optional<std::int64_t> version,
                             std::string_view action, MakeEdit make_edit) {
  return answer<ChangeOutcome>(connection, viewer.id, [&] {
    return change_once(connection, author, viewer, id, version, action, make_edit);
  });
}

}  // namespace

Result<ChangeOutcome> edit(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                           const model::ReservationId& id, const VersionedEdit& request) {
  return change(connection, author, viewer, id, request.version, "reservation.edited",
                [&](const model::Policy&, const model::Reservation&) -> Result<booking::EditRequest> {
                  return request.change;
                });
}

Result<ChangeOutcome> extend(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                             const model::ReservationId& id, const ExtendRequest& request) {
  return change(connection, author, viewer, id, request.version, "reservation.extended",
                [&](const model::Policy& policy, const model::Reservation& current) {
                  return extension(policy, current, request);
                });
}

}  // namespace berth::store
