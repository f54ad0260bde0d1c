// What the portal does: the decision is the portal's own, and so is what it makes of a request.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "model/cleaning.hpp"
#include "store/author.hpp"
#include "store/change_words.hpp"
#include "store/decision.hpp"
#include "store/events.hpp"
#include "storetwin/change.hpp"
#include "storetwin/snapshot.hpp"
#include "storetwin/twin.hpp"

namespace berth::storetwin {
namespace {

Result<store::Decision> decide(const Tables& tables, const model::Pool& pool, const booking::Wanted& wanted,
                               Instant now, bool own_may_move) {
  const store::Reads reads{.snapshot = [&](Window known) -> Result<booking::Snapshot> {
                             return snapshot_of(tables, pool, known, now);
                           },
                           .last_claim_end = [&](Instant at_least) -> Result<Instant> {
                             return last_claim_end(tables, pool, at_least);
                           }};
  return store::decide(reads, wanted, own_may_move);
}

/// The claims of a holding instead of those that its reservation had. Others' that made room were moved: each
/// unit that is new to them is a claim that changed.
void claim(Change& change, const booking::Holding& holding, bool moved) {
  auto& claims = change.tables.claims;
  const auto had = claims_of(change.tables, holding.reservation);
  std::erase_if(claims, [&](const Claim& one) { return one.reservation == holding.reservation; });
  for (const auto unit : holding.units) {
    const bool is_new =
        std::none_of(had.begin(), had.end(), [&](const Claim& one) { return one.unit == unit; });
    if (moved && is_new) change.audit_changed("claim", holding.reservation.value);
    claims.push_back({holding.reservation, unit, holding.during, true});
  }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.reservation, a.unit) < std::tie(b.reservation, b.unit);
  });
}

/// All that a placement changes of claims: what would be read once it is written, written.
void lay(Change& change, const store::Decision& decision, const booking::Wanted& wanted,
         const model::ReservationId& id) {
  const auto& before = decision.snapshot.holdings;
  const auto after = booking::applied(decision.snapshot, wanted,
                                      std::get<booking::Placement>(decision.verdict), id, change.now());
  for (const auto& holding : after.holdings) {
    if (std::find(before.begin(), before.end(), holding) != before.end()) continue;
    claim(change, holding, holding.reservation != id);
  }
}

std::string actor(const model::UserId& user) {
  return store::author_of(user).actor;
}

}  // namespace

Twin::Twin(const Clock& clock, std::string installation) : clock_(clock) {
  declared_.installation = std::move(installation);
}

void Twin::put_cluster(model::Cluster cluster) {
  auto name = cluster.name;
  declared_.clusters.insert_or_assign(std::move(name), std::move(cluster));
}

void Twin::put_pool(model::Pool pool) {
  const auto id = pool.id;
  declared_.pools.insert_or_assign(id, std::move(pool));
}

void Twin::put_user(const model::UserId& id, std::string email) {
  declared_.emails.insert_or_assign(id, std::move(email));
}

Result<Outcome> Twin::book(const model::ReservationId& id, const model::UserId& owner,
                           const booking::Request& request) {
  if (!declared_.emails.contains(owner)) return fail(Code::kForbidden, "this account cannot book");
  const auto found = std::find_if(declared_.pools.begin(), declared_.pools.end(),
                                  [&](const auto& entry) { return entry.second.name == request.pool; });
  if (found == declared_.pools.end()) {
    return fail(invalid_field("pool", request.pool, "a pool of this installation", "There is no such pool."));
  }
  const auto& pool = found->second;
  const auto now = clock_.now();
  Change change(rows_, now, actor(owner));
  const auto& others = change.tables.reservations;
  const auto live = std::count_if(others.begin(), others.end(), [&](const auto& entry) {
    return entry.second.owner == owner && model::is_live(entry.second.state) && entry.second.window.end > now;
  });
  const auto resolved = booking::resolve(pool, request, {static_cast<int>(live)}, now);
  if (!resolved) return fail(resolved.error());
  const auto& wanted = resolved->wanted;
  const auto decision = decide(change.tables, pool, wanted, now, false);
  if (!decision) return fail(decision.error());
  if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) return *shortage;

  model::Reservation made{.id = id,
                          .pool = pool.id,
                          .device_class = wanted.device_class,
                          .units = wanted.units,
                          .load = wanted.load,
                          .mode = resolved->mode,
                          .window = wanted.window,
                          .state = model::ReservationState::kApproved,
                          .reason = {},
                          .owner = owner,
                          .team = {},
                          .name = resolved->name,
                          .version = 1,
                          .created_at = now,
                          .end_requested_at = {},
                          .rate = pool.find_class(wanted.device_class)->rate,
                          .currency = pool.currency};
  if (!change.tables.reservations.emplace(id, made).second) {
    return fail(Code::kConflict, "there is a reservation of that id", "23505");
  }
  change.audit_made("reservation", id.value, made.state);
  lay(change, *decision, wanted, id);
  change.tell(store::event_kind::kReservation, made);
  std::move(change).commit(rows_);
  return made;
}

Result<Outcome> Twin::extend(const model::ReservationId& id, const Further& further) {
  const auto found = rows_.tables.reservations.find(id);
  if (found == rows_.tables.reservations.end()) return fail(Code::kNotFound, "there is no such reservation");
  const auto& current = found->second;
  const auto& pool = declared_.pools.at(current.pool);
  const auto now = clock_.now();
  store::ExtendRequest request;
  if (const auto* end = std::get_if<Instant>(&further)) request.end = *end;
  if (const auto* by = std::get_if<minutes>(&further)) request.by = *by;
  const auto wish = store::extension(pool.policy, current, request);
  if (!wish) return fail(wish.error());
  const auto resolved = booking::resolve_edit(pool, current, *wish, now);
  if (!resolved) return fail(resolved.error());
  const auto decision =
      decide(rows_.tables, pool, resolved->wanted, now, current.state != model::ReservationState::kActive);
  if (!decision) return fail(decision.error());
  if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) return *shortage;

  Change change(rows_, now, actor(current.owner), "reservation.extended");
  auto& row = change.reservation(id);
  row = store::changed(pool, current, *resolved);
  change.change_state(row, {});
  lay(change, *decision, resolved->wanted, id);
  change.tell(store::event_kind::kReservation, row);
  auto changed = row;
  std::move(change).commit(rows_);
  return changed;
}

Result<model::Reservation> Twin::end(const model::ReservationId& id) {
  const auto found = rows_.tables.reservations.find(id);
  if (found == rows_.tables.reservations.end()) return fail(Code::kNotFound, "there is no such reservation");
  const auto& current = found->second;
  const bool cancel = model::after(current.state, model::ReservationEvent::kCanceledByUser).has_value();
  const bool end_now = current.state == model::ReservationState::kActive && !current.end_requested_at;
  if (!cancel && !end_now) return current;
  if (end_now && clock_.now() >= current.window.end) {
    return fail(Code::kConflict, "This reservation is over, so it can no longer be ended.",
                "reservation_over");
  }
  Change change(rows_, clock_.now(), actor(current.owner),
                cancel ? "reservation.canceled" : "reservation.end_requested");
  auto& row = change.reservation(id);
  row.reason = cancel ? "Canceled by its owner." : "Ended by its owner.";
  if (cancel) {
    for (auto& one : change.tables.claims) {
      if (one.reservation == id) one.live = false;
    }
    change.change_state(row, model::ReservationState::kCanceled);
  } else {
    row.end_requested_at = change.now();
    for (auto& one : change.tables.claims) {
      if (one.reservation == id && one.live) one.during.end = model::free_by(row);
    }
    change.change_state(row, {});
  }
  change.tell(store::event_kind::kReservation, row);
  auto ended = row;
  std::move(change).commit(rows_);
  return ended;
}

void Twin::ask_kubeconfig(const std::string& id, const model::ReservationId& reservation,
                          const model::UserId& asked_by, const entry::SealPublicKey& key) {
  rows_.tables.kubeconfigs.push_back({id, reservation, asked_by, key, clock_.now(), false});
}

bool Twin::ask_home_deletion(const std::string& home) {
  const auto row = rows_.tables.homes.find(home);
  if (row == rows_.tables.homes.end() || row->second.gone_at || !row->second.session.value.empty())
    return false;
  row->second.deletion_asked = true;
  return true;
}

Result<booking::Snapshot> Twin::snapshot(model::PoolId pool, Window known) const {
  const auto found = declared_.pools.find(pool);
  if (found == declared_.pools.end()) return fail(Code::kNotFound, "there is no such pool");
  return snapshot_of(rows_.tables, found->second, known, clock_.now());
}

void Twin::answer(const model::SessionId& session, std::string text) {
  rows_.tables.wishes.at(session).answer = std::move(text);
}

void Twin::order_layouts(const std::string& node, std::vector<planning::LayoutOrder> orders) {
  auto& all = rows_.tables.layouts;
  end_layouts(rows_.tables, clock_.now(), [&](const planning::LayoutOrder& one) {
    return one.node == node && !one.in_force && !one.progress.labelled;
  });
  for (auto& one : orders) {
    one.id = ++last_layout_;
    one.node = node;
    all.push_back(std::move(one));
  }
}

void Twin::retry_layout(const std::string& node) {
  planning::LayoutOrder* begun = nullptr;
  for (auto& one : rows_.tables.layouts) {
    if (one.node != node || (one.in_force ? !one.progress.stuck : one.not_before > clock_.now())) continue;
    if (begun == nullptr || begun->in_force || begun->not_before <= one.not_before) begun = &one;
  }
  if (begun != nullptr) begun->retry_asked = true;
}

}  // namespace berth::storetwin
