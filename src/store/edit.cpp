#include <fmt/format.h>

#include <algorithm>

#include "store/booking_writes.hpp"
#include "store/bookings.hpp"
#include "store/change.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/decision.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

constexpr std::int64_t kMaxExtendMinutes = std::chrono::minutes(std::chrono::hours(24 * 366)).count();

constexpr pg::Query kUpdate{"edit_update", R"sql(
    UPDATE berth.reservation
    SET device_class = $2, units = $3, cpu_milli = $4, memory_gib = $5, storage_gib = $6, mode = $7,
        start_at = $8, end_at = $9, name = $10, rate_micros = $11, currency = $12, version = version + 1
    WHERE id = $1
)sql"};

struct Denied {
  booking::Shortage shortage;
  model::Pool pool;
  Asked asked;
  bool begun = false;
  Window before;
};

using Attempt = std::variant<Changed, Stale, Denied>;

bool same_place(const model::Reservation& current, const booking::Wanted& wanted) {
  return current.device_class == wanted.device_class && current.units == wanted.units &&
         current.window == wanted.window && current.load == wanted.load;
}

model::Reservation changed(const Locked& locked, const booking::Resolved& resolved) {
  auto after = locked.view.reservation;
  // The rate is the one of when it was booked, save that another class has another rate.
  if (after.device_class != resolved.wanted.device_class) {
    after.rate = locked.pool.find_class(resolved.wanted.device_class)->rate;
    after.currency = locked.pool.currency;
  }
  after.device_class = resolved.wanted.device_class;
  after.units = resolved.wanted.units;
  after.load = resolved.wanted.load;
  after.window = resolved.wanted.window;
  after.mode = resolved.mode;
  after.name = resolved.name;
  return after;
}

void add_update(pg::Batch& batch, const model::Reservation& one) {
  batch.add(kUpdate, one.id, one.device_class, one.units, one.load.cpu, one.load.memory, one.load.storage,
            one.mode, one.window.start, one.window.end, one.name, one.rate, one.currency);
}

/// Decides where the reservation now goes and adds the claims' changes to `batch`; or the shortage that
/// forbids it.
Result<std::optional<booking::Shortage>> place_anew(Locked& locked, const booking::Wanted& wanted,
                                                    pg::Batch& batch) {
  const auto& current = locked.view.reservation;
  const bool begun = current.state == model::ReservationState::kActive;
  for (int tries = 0; tries < kMaxDecisions; ++tries) {
    const auto decision = decide(locked.transaction.connection(), locked.pool, wanted, locked.now, !begun);
    if (!decision) return fail(decision.error());
    if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict))
      return std::optional(*shortage);
    const auto& placement = std::get<booking::Placement>(decision->verdict);
    const auto held = lock_moved(locked.transaction, placement.moves, locked.now);
    if (!held) return fail(held.error());
    if (!*held) continue;
    const auto swaps = swaps_of(placement.moves, decision->snapshot.holdings);
    if (begun) {
      // place() keeps what has begun on its units: only the end of its claims moves, after whoever was behind
      // it.
      add_swaps(batch, swaps);
      set_claims_end(batch, current.id, wanted.window.end);
    } else {
      remove_claims(batch, current.id);
      add_swaps(batch, swaps);
      add_claims(batch, current.id, placement.units, wanted.window);
    }
    return std::optional<booking::Shortage>();
  }
  return fail(Code::kConflict, "reservations that should make room begin right now; try again", "try_again");
}

/// `make_edit(policy, current)` says what is to change, or what is wrong with the request.
template <typename MakeEdit>
Result<Attempt> change_once(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                            const model::ReservationId& id, std::optional<std::int64_t> version,
                            std::string_view action, MakeEdit make_edit) {
  auto locked = lock_reservation(connection, author, viewer, id, model::Action::kEdit);
  if (!locked) return fail(locked.error());
  const auto& current = locked->view.reservation;
  if (version && *version != current.version) return Stale{std::move(locked->view)};
  const Result<booking::EditRequest> wish = make_edit(locked->pool.policy, current);
  if (!wish) return fail(wish.error());
  const auto resolved = booking::resolve_edit(locked->pool, current, *wish, locked->now);
  if (!resolved) return fail(resolved.error());

  pg::Batch batch;
  const auto after = changed(*locked, *resolved);
  add_update(batch, after);
  if (!same_place(current, resolved->wanted)) {
    const auto shortage = place_anew(*locked, resolved->wanted, batch);
    if (!shortage) return fail(shortage.error());
    if (shortage->has_value()) {
      // What is offered is a booking of whoever asks, who may be an admin and in none of its owner's teams.
      const bool in_team = current.team && std::find(viewer.teams.begin(), viewer.teams.end(),
                                                     *current.team) != viewer.teams.end();
      return Denied{**shortage,
                    std::move(locked->pool),
                    {resolved->wanted, resolved->explicit_load, wish->start_now, resolved->mode,
                     resolved->name, in_team ? locked->view.team_name : std::nullopt},
                    current.state == model::ReservationState::kActive,
                    current.window};
    }
  }
  if (auto named = name_action(locked->transaction, action); !named) return fail(named.error());
  const auto written = connection.exec(batch);
  if (!written) return fail(in_words("write a change of a reservation", written.error()));
  auto views = load_views(connection, {id});
  if (!views) return fail(views.error());
  pg::Batch news;
  add_news(news, locked->pool, after, locked->now);
  if (const auto told = connection.exec(news); !told) return fail(within("tell of a change", told.error()));
  if (auto committed = locked->transaction.commit(); !committed) {
    return fail(in_words("commit a change of a reservation", committed.error()));
  }
  return Changed{std::move(views->front())};
}

/// Offers are bookings of their own: they are looked for beside what the reservation holds now.
Result<std::vector<Offer>> offers_instead(pg::Connection& connection, const model::UserId& asker,
                                          const Denied& denied) {
  auto asked = denied.asked;
  asked.wanted.replaces.reset();
  if (!denied.begun) return find_offers(connection, denied.pool, asker, asked);
  // What runs cannot go elsewhere, but the time that is wanted on top can be had on other units, or later.
  asked.wanted.window.start = denied.before.end;
  return find_offers(connection, denied.pool, asker, asked, AsAsked::kUntried);
}

template <typename MakeEdit>
Result<ChangeOutcome> change(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                             const model::ReservationId& id, std::optional<std::int64_t> version,
                             std::string_view action, MakeEdit make_edit) {
  auto attempt = repeat_collided(
      [&] { return change_once(connection, author, viewer, id, version, action, make_edit); });
  if (!attempt) return fail(attempt.error());
  if (auto* done = std::get_if<Changed>(&*attempt)) return std::move(*done);
  if (auto* stale = std::get_if<Stale>(&*attempt)) return std::move(*stale);
  const auto& denied = std::get<Denied>(*attempt);
  auto offers = offers_instead(connection, viewer.id, denied);
  if (!offers) return fail(offers.error());
  return Refused{denied.shortage, std::move(*offers)};
}

Result<booking::EditRequest> extension(const model::Policy& policy, const model::Reservation& current,
                                       const ExtendRequest& request) {
  if (request.end.has_value() == request.by.has_value()) {
    return fail(
        invalid_field("end", "", "one of end and minutes", "Give either the new end or the minutes to add."));
  }
  if (request.by && (request.by->count() < 1 || request.by->count() > kMaxExtendMinutes)) {
    return fail(invalid_field("minutes", std::to_string(request.by->count()),
                              fmt::format("1 to {}", kMaxExtendMinutes),
                              fmt::format("Minutes to add are 1 to {}.", kMaxExtendMinutes)));
  }
  const Instant end =
      request.end ? *request.end : ceil_to_step(current.window.end + *request.by, policy.step);
  if (end <= current.window.end) {
    return fail(
        invalid_field("end", format_rfc3339(end), format_rfc3339(current.window.end),
                      fmt::format("The new end must be after {}.", format_rfc3339(current.window.end))));
  }
  booking::EditRequest edit;
  edit.end = end;
  return edit;
}

}  // namespace

Result<ChangeOutcome> edit(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                           const model::ReservationId& id, const EditRequest& request) {
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
