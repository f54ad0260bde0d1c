#include "store/sitting.hpp"

#include <algorithm>

#include "model/cleaning.hpp"
#include "store/change_words.hpp"
#include "store/decision.hpp"
#include "store/reservation_rows.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

/// False only where a snapshot of `known` surely is the same after the change as before.
bool may_touch(const booking::Change& change, const Window& known) {
  const auto* placed = std::get_if<booking::Placed>(&change);
  return placed == nullptr || placed->wanted.replaces || !placed->placement.moves.empty() ||
         placed->wanted.window.overlaps(known);
}

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

/// The audit log's word for it, also where it makes others move; empty: the table's own.
std::string action_of(const Wish& wish) {
  const auto* change = std::get_if<ChangeWish>(&wish.what);
  if (change == nullptr) return "";
  return std::holds_alternative<ExtendRequest>(change->change) ? "reservation.extended"
                                                               : "reservation.edited";
}

class Sitting {
 public:
  Sitting(pg::Connection& connection, const RoundFacts& facts, std::span<const Wish> wishes)
      : connection_(connection), facts_(facts), wishes_(wishes), bookers_(facts.bookers) {
    for (std::size_t n = 0; n < wishes.size(); ++n) {
      if (std::holds_alternative<BookWish>(wishes[n].what)) fresh_.emplace(n, facts.fresh[fresh_.size()]);
    }
  }

  /// The error is of the database; what a wish does wrong is its outcome.
  Result<Sat> decide_all() {
    if (auto read = read_ahead(); !read) return fail(read.error());
    for (now_deciding_ = 0; now_deciding_ < wishes_.size(); ++now_deciding_) {
      const auto& wish = wishes_[now_deciding_];
      decided_at_ = later_than(decided_at_);
      auto outcome = std::visit([&](const auto& what) { return decide_one(wish, what); }, wish.what);
      if (broken_) return fail(std::move(*broken_));
      out_.outcomes.push_back(std::move(outcome));
    }
    for (const auto& [id, moved] : moved_) {
      for (auto& swap : swaps_of({{id, moved.to}}, {moved.from}))
        out_.writes.swaps.push_back(std::move(swap));
      const auto& mover = wishes_[moved.by];
      out_.writes.authors.try_emplace(id, RoundWrites::Doing{mover.author, action_of(mover), moved.at});
    }
    name_units();
    return std::move(out_);
  }

  /// Those that make room, to be locked.
  std::vector<booking::Move> moves() const {
    std::vector<booking::Move> moves;
    for (const auto& [id, moved] : moved_) moves.push_back({id, moved.to});
    return moves;
  }

 private:
  struct Moved {
    booking::Holding from;
    std::vector<model::UnitId> to;
    std::size_t by = 0;
    Instant at;
  };

  const model::Pool& pool() const { return *facts_.pool; }

  /// Now, by the database's clock, which was read under the locks; no two decisions have the same time.
  Instant later_than(Instant last) const {
    const auto since = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun_);
    return std::max(facts_.now + since, last + Duration(1));
  }

  Result<booking::Resolved> resolved(const BookWish& wish) const {
    const auto& booker = bookers_.at(wish.owner.id);
    return booking::resolve(pool(), wish.request.booking, {booker.live}, facts_.now);
  }
  Result<booking::EditRequest> edit_of(const ChangeWish& wish, const model::Reservation& current) const {
    if (const auto* edit = std::get_if<booking::EditRequest>(&wish.change)) return *edit;
    return extension(pool().policy, current, std::get<ExtendRequest>(wish.change));
  }
  /// Empty where it is not there any more, or in words that are not known.
  const ReservationView* view(const model::ReservationId& id) const {
    const auto found = facts_.views.find(id);
    return found == facts_.views.end() || !found->second ? nullptr : &*found->second;
  }
  tl::unexpected<Error> no_view(const model::ReservationId& id) const {
    const auto found = facts_.views.find(id);
    return found == facts_.views.end() ? no_reservation() : fail(found->second.error());
  }

  /// The calendar around all wishes that will ask for it, in one read. What does not resolve now is read when
  /// it is asked for, if it is.
  Status read_ahead() {
    std::vector<Window> windows;
    std::vector<std::size_t> whose;
    const auto add = [&](std::size_t n, const booking::Wanted& wanted) {
      windows.push_back(known_at_first(wanted));
      whose.push_back(n);
    };
    for (std::size_t n = 0; n < wishes_.size(); ++n) {
      if (const auto* book = std::get_if<BookWish>(&wishes_[n].what)) {
        if (!bookers_.contains(book->owner.id)) continue;
        if (const auto wanted = resolved(*book)) add(n, wanted->wanted);
      } else if (const auto* change = std::get_if<ChangeWish>(&wishes_[n].what)) {
        const auto* current = view(change->id);
        if (current == nullptr) continue;
        const auto edit = edit_of(*change, current->reservation);
        if (!edit) continue;
        const auto wanted = booking::resolve_edit(pool(), current->reservation, *edit, facts_.now);
        if (wanted && !same_place(current->reservation, wanted->wanted)) add(n, wanted->wanted);
      }
    }
    if (windows.empty()) return {};
    auto read = load_calendar_rows(connection_, pool(), windows, facts_.now);
    if (!read) return fail(read.error());
    for (std::size_t i = 0; i < whose.size(); ++i) ahead_.emplace(whose[i], std::move((*read)[i]));
    return {};
  }

  Result<booking::Snapshot> snapshot(const Window& known) {
    const auto ahead = ahead_.find(now_deciding_);
    if (ahead != ahead_.end() && ahead->second.known == known) {
      auto rows = std::move(ahead->second);
      ahead_.erase(ahead);
      return with_changes(with_pool(std::move(rows)));
    }
    auto read = load_calendar_rows(connection_, pool(), {known}, facts_.now);
    if (!read) return fail(read.error());
    return with_changes(with_pool(std::move(read->front())));
  }

  /// A snapshot has a pool of its own, and a copy of a large one costs as much as deciding: so one is handed
  /// from each decision to the next.
  booking::Snapshot with_pool(CalendarRows rows) {
    auto own = copy_ ? std::move(*copy_) : pool();
    copy_.reset();
    return {std::move(own), std::move(rows.holdings), std::move(rows.blocked), rows.known};
  }

  booking::Snapshot with_changes(booking::Snapshot read) const {
    for (const auto& change : changes_) {
      if (may_touch(change, read.known)) read = booking::changed(std::move(read), change, facts_.now);
    }
    return read;
  }

  Result<Instant> last_end(Instant at_least) const {
    const auto last = last_claim_end(connection_, pool(), at_least);
    return last ? Result<Instant>(std::max(*last, last_placed_)) : last;
  }

  /// Empty when the database failed: then `broken_` says how.
  std::optional<Decision> place(const booking::Wanted& wanted, bool own_may_move) {
    const Reads reads{.snapshot = [&](Window known) { return snapshot(known); },
                      .last_claim_end = [&](Instant at_least) { return last_end(at_least); }};
    auto decision = decide(reads, wanted, own_may_move);
    if (decision) {
      copy_ = std::move(decision->snapshot.pool);  // nobody looks at it after the decision
      return std::move(*decision);
    }
    broken_ = decision.error();
    return std::nullopt;
  }

  /// What was placed is there for those that come after it.
  void keep(const model::ReservationId& id, const booking::Wanted& wanted, const Decision& decision,
            bool own_may_move) {
    const auto& placement = std::get<booking::Placement>(decision.verdict);
    for (const auto& move : placement.moves) {
      if (const auto own = out_.writes.laid.find(move.reservation); own != out_.writes.laid.end()) {
        own->second.units = move.units;  // not written yet, so nothing has to be swapped
        continue;
      }
      const auto& holdings = decision.snapshot.holdings;
      const auto held = std::find_if(holdings.begin(), holdings.end(), [&](const booking::Holding& one) {
        return one.reservation == move.reservation;
      });
      if (held == holdings.end()) continue;
      auto& moved = moved_.try_emplace(move.reservation, Moved{*held, {}, 0, {}}).first->second;
      moved.to = move.units;
      moved.by = now_deciding_;
      moved.at = decided_at_;
    }
    last_placed_ = std::max(last_placed_, wanted.window.end);
    changes_.emplace_back(booking::Placed{wanted, placement, id, own_may_move});
  }

  Result<WishOutcome> decide_one(const Wish& wish, const BookWish& book) {
    const auto booker = bookers_.find(book.owner.id);
    if (booker == bookers_.end() || booker->second.disabled)
      return fail(Code::kForbidden, "this account cannot book: it is disabled", "account_disabled");
    if (book.idempotency) {
      const auto used = facts_.keys.find({book.owner.id, book.idempotency->key});
      if (used != facts_.keys.end()) return replay(connection_, used->second, *book.idempotency);
    }
    std::optional<model::TeamId> team;
    if (book.request.team) {
      const auto own = facts_.teams.find({book.owner.id, *book.request.team});
      if (own == facts_.teams.end()) return fail(no_team_of_ones_own(*book.request.team));
      team = own->second;
    }
    const auto wanted = resolved(book);
    if (!wanted) return fail(wanted.error());
    const auto decision = place(wanted->wanted, false);
    if (!decision) return fail(*broken_);
    if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) {
      return WishOutcome(Denied{*shortage,
                                pool(),
                                {wanted->wanted, wanted->duration, wanted->explicit_load,
                                 std::holds_alternative<booking::Now>(book.request.booking.start),
                                 wanted->mode, wanted->name, book.request.team}});
    }
    auto reservation = made(fresh_.at(now_deciding_), book.owner.id, team, *wanted);
    const auto id = reservation.id;
    auto& writes = out_.writes;
    writes.laid[id] = {reservation, std::get<booking::Placement>(decision->verdict).units};
    keep(id, wanted->wanted, *decision, false);
    ++booker->second.live;
    writes.made.push_back(id);
    if (book.idempotency) writes.keys.push_back({book.owner.id, *book.idempotency, id});
    writes.authors[id] = {wish.author, action_of(wish), decided_at_};
    auto view = view_of(reservation, booker->second, book.request.team);
    writes.news.push_back(std::move(reservation));
    return WishOutcome(Created{std::move(view), false});
  }

  model::Reservation made(const model::ReservationId& id, const model::UserId& owner,
                          const std::optional<model::TeamId>& team, const booking::Resolved& wanted) const {
    model::Reservation reservation;
    reservation.id = id;
    reservation.pool = pool().id;
    reservation.device_class = wanted.wanted.device_class;
    reservation.units = wanted.wanted.units;
    reservation.load = wanted.wanted.load;
    reservation.mode = wanted.mode;
    reservation.window = wanted.wanted.window;
    reservation.owner = owner;
    reservation.team = team;
    reservation.name = wanted.name;
    reservation.created_at = facts_.now;
    reservation.rate = pool().find_class(wanted.wanted.device_class)->rate;
    reservation.currency = pool().currency;
    return reservation;
  }

  /// Node and units are named when all is decided: later ones may still move it.
  ReservationView view_of(const model::Reservation& reservation, const Booker& booker,
                          const std::optional<std::string>& team) const {
    ReservationView view;
    view.reservation = reservation;
    view.pool_name = pool().name;
    view.class_name = pool().find_class(reservation.device_class)->name;
    view.owner_email = booker.email;
    view.owner_name = booker.name;
    view.team_name = team;
    view.held = reservation.window;
    return view;
  }

  void name_units() {
    for (auto& outcome : out_.outcomes) {
      auto* created = outcome ? std::get_if<Created>(&*outcome) : nullptr;
      if (created == nullptr || created->replayed) continue;
      auto units = out_.writes.laid.at(created->view.reservation.id).units;
      std::sort(units.begin(), units.end());
      created->view.node_name = pool().find_node(pool().find_unit(units.front())->node)->name;
      for (const auto unit : units) created->view.unit_names.push_back(pool().find_unit(unit)->name);
    }
  }

  Result<WishOutcome> decide_one(const Wish& wish, const ChangeWish& change) {
    const auto* before = view(change.id);
    if (before == nullptr) return no_view(change.id);
    const auto& current = before->reservation;
    if (change.not_after && decided_at_ > *change.not_after)
      return fail(Code::kConflict, "Nobody decided it in time, so nothing was changed. Ask again.",
                  std::string(kDecidedTooLate));
    if (change.version && *change.version != current.version) return WishOutcome(Stale{*before});
    const auto edit = edit_of(change, current);
    if (!edit) return fail(edit.error());
    const auto wanted = booking::resolve_edit(pool(), current, *edit, facts_.now);
    if (!wanted) return fail(wanted.error());
    auto& writes = out_.writes;
    auto after = changed(pool(), current, *wanted);
    if (!same_place(current, wanted->wanted)) {
      const bool begun = current.state == model::ReservationState::kActive;
      const auto decision = place(wanted->wanted, !begun);
      if (!decision) return fail(*broken_);
      if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) {
        auto instead = asked_instead(change.viewer, *before, *wanted, begins_now(*edit));
        return WishOutcome(Denied{*shortage, pool(), std::move(instead.asked), instead.as_asked});
      }
      if (begun) {
        // place() keeps what has begun on its units: only the end of its claims moves.
        writes.ends[current.id] = wanted->wanted.window.end;
      } else {
        moved_.erase(current.id);
        writes.relaid.push_back(current.id);
        writes.laid[current.id] = {after, std::get<booking::Placement>(decision->verdict).units};
      }
      keep(current.id, wanted->wanted, *decision, !begun);
    }
    writes.authors[current.id] = {wish.author, action_of(wish), decided_at_};
    writes.news.push_back(after);
    writes.edited.push_back(std::move(after));
    return WishOutcome(Changed{});
  }

  Result<WishOutcome> decide_one(const Wish& wish, const EndWish& end) {
    const auto* before = view(end.id);
    if (before == nullptr) return no_view(end.id);
    const auto& current = before->reservation;
    const bool cancel = model::after(current.state, model::ReservationEvent::kCanceledByUser).has_value();
    const bool end_now = current.state == model::ReservationState::kActive && !current.end_requested_at;
    if (!cancel && !end_now)
      return WishOutcome(Ended{*before});  // it is over or ending: that is what was asked for
    if (end_now && facts_.now >= current.window.end) {
      // Its end has come by itself: that somebody ended it would be no true record.
      return fail(Code::kConflict, "This reservation is over, so it can no longer be ended.",
                  "reservation_over");
    }
    auto reason =
        std::string(cancel ? "Canceled by " : "Ended by ").append(by_whom(end.viewer, current)) + ".";
    auto& writes = out_.writes;
    if (cancel) {
      moved_.erase(current.id);
      changes_.emplace_back(booking::GivenUp{current.id});
      writes.canceled[current.id] = std::move(reason);
      const auto owner = bookers_.find(current.owner);
      if (owner != bookers_.end() && current.window.end > facts_.now) --owner->second.live;
    } else {
      auto ending = current;
      ending.end_requested_at = facts_.now;
      changes_.emplace_back(booking::CutShort{current.id, model::free_by(ending)});
      writes.ends[current.id] = model::free_by(ending);
      writes.ended[current.id] = std::move(reason);
    }
    writes.authors[current.id] = {wish.author, cancel ? "reservation.canceled" : "reservation.end_requested",
                                  decided_at_};
    writes.news.push_back(current);
    return WishOutcome(Ended{});
  }

  pg::Connection& connection_;
  const RoundFacts& facts_;
  std::span<const Wish> wishes_;
  std::map<model::UserId, Booker> bookers_;
  std::map<std::size_t, model::ReservationId> fresh_;  // by place of the wish
  std::size_t now_deciding_ = 0;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Instant decided_at_{};
  std::map<std::size_t, CalendarRows> ahead_;
  std::optional<model::Pool> copy_;
  std::vector<booking::Change> changes_;
  std::map<model::ReservationId, Moved> moved_;
  Instant last_placed_{};
  std::optional<Error> broken_;
  Sat out_;
};

}  // namespace

Result<Sat> sit(pg::Transaction& transaction, const RoundFacts& facts, std::span<const Wish> wishes) {
  for (int tries = 0; tries < kMaxDecisions; ++tries) {
    Sitting sitting(transaction.connection(), facts, wishes);
    auto sat = sitting.decide_all();
    if (!sat) return sat;
    const auto locked = lock_moved(transaction, sitting.moves(), facts.now);
    if (!locked) return fail(locked.error());
    if (*locked) return sat;
  }
  return fail(Code::kConflict, "reservations that should make room begin right now; try again", "try_again");
}

}  // namespace berth::store
