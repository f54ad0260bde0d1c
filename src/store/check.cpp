#include "store/check.hpp"

#include <algorithm>

#include "booking/price.hpp"
#include "store/change_words.hpp"
#include "store/codecs.hpp"
#include "store/decision.hpp"
#include "store/pool_rows.hpp"
#include "store/pools.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kAsker{"check_asker", R"sql(
    SELECT (SELECT count(*) FROM berth.reservation
            WHERE owner = $1 AND state IN ('APPROVED', 'ACTIVE') AND end_at > clock_timestamp()) AS live,
           (SELECT t.id FROM berth.team t JOIN berth.team_member m ON m.team = t.id
            WHERE t.name = $2 AND m.member = $1) AS team)sql"};

/// One moment of the database for all that is read; it cannot write.
Result<pg::Transaction> begin_looking(pg::Connection& connection) {
  auto transaction =
      pg::Transaction::begin(connection, pg::Isolation::kRepeatableRead, pg::Access::kReadOnly);
  if (!transaction) return fail(within("begin a check", transaction.error()));
  return transaction;
}

/// What the request itself is refused with is an answer; anything else is a failure of the question.
Result<Forecast> refused_by_rule(const Error& error) {
  if (error.code != Code::kInvalid && error.code != Code::kConflict) return fail(error);
  return Forecast{error, std::nullopt, std::nullopt};
}

MoneyMicros price_of(const model::Reservation& one) {
  return booking::price(one.rate, one.units, one.window.length());
}

/// The question in one shape, whichever call it is about.
struct Question {
  const model::Pool& pool;
  booking::Resolved resolved;
  booking::ResolveUntil resolve_until;
  Instant now;
  Instant least;              // the earliest end that is worth telling as the furthest
  bool own_may_move = false;  // as decide() wants it
  bool decided = false;       // it stays where it is
  Instead instead;
};

Result<booking::Furthest> furthest_of(pg::Connection& connection, const Question& it) {
  const auto& wanted = it.resolved.wanted;
  const auto ruled = booking::last_allowed_end(it.resolve_until, wanted.window.end, it.pool.policy);
  const auto snapshot = whole_snapshot(connection, it.pool, wanted, ruled.end, it.now, it.own_may_move);
  if (!snapshot) return fail(snapshot.error());
  return booking::furthest_end(*snapshot, it.resolve_until, it.least, ruled);
}

Result<Forecast> answer(pg::Connection& connection, const model::UserId& asker, const Question& it,
                        Planned planned) {
  Forecast out{Fits{}, std::move(planned), std::nullopt};
  if (!it.decided) {
    const auto decision = decide(connection, it.pool, it.resolved.wanted, it.now, it.own_may_move);
    if (!decision) return fail(decision.error());
    if (const auto* shortage = std::get_if<booking::Shortage>(&decision->verdict)) {
      auto offers = find_offers(connection, it.pool, asker, it.instead.asked, it.instead.as_asked);
      if (!offers) return fail(offers.error());
      out.verdict = Refused{*shortage, std::move(*offers)};
    }
  }
  auto furthest = furthest_of(connection, it);
  if (!furthest) return fail(furthest.error());
  out.furthest = std::move(*furthest);
  return out;
}

/// The shortest booking that begins there, as far as the rules know.
Instant shortest_end(const model::Policy& policy, const booking::Wanted& wanted) {
  return std::min(ceil_to_step(wanted.window.start + policy.min_length, policy.step), wanted.window.end);
}

template <typename MakeEdit>
Result<Forecast> check_change(pg::Connection& connection, const model::Viewer& viewer,
                              const model::ReservationId& id, std::optional<std::int64_t> version,
                              bool only_further, MakeEdit make_edit) {
  auto transaction = begin_looking(connection);
  if (!transaction) return fail(transaction.error());
  auto seen = load_reservation(connection, viewer, id);
  if (!seen) return fail(seen.error());
  if (auto may = check_allowed(viewer, *seen, model::Action::kEdit); !may) return fail(may.error());
  const auto now = database_now(connection);
  if (!now) return fail(now.error());
  const auto pool = load_pool(connection, seen->reservation.pool);
  if (!pool) return fail(pool.error());

  const auto& current = seen->reservation;
  if (version && *version != current.version)
    return Forecast{Stale{std::move(*seen)}, std::nullopt, std::nullopt};
  const Result<booking::EditRequest> wish = make_edit(pool->policy, current);
  if (!wish) return refused_by_rule(wish.error());
  auto resolved = booking::resolve_edit(*pool, current, *wish, *now);
  if (!resolved) return refused_by_rule(resolved.error());

  const bool begun = current.state == model::ReservationState::kActive;
  const auto after = changed(*pool, current, *resolved);
  Planned planned{after, pool->find_class(after.device_class)->name, price_of(after), price_of(current)};
  if (after.currency != current.currency) planned.before.reset();
  const auto shortest = std::max(shortest_end(pool->policy, resolved->wanted),
                                 ceil_to_step(*now + Duration(1), pool->policy.step));
  Question question{
      .pool = *pool,
      .resolved = *resolved,
      .resolve_until =
          [&](Instant end) {
            auto until = *wish;
            until.end = end;
            until.duration.reset();
            return booking::resolve_edit(*pool, current, until, *now);
          },
      .now = *now,
      .least = std::min(only_further ? current.window.end : shortest, resolved->wanted.window.end),
      .own_may_move = !begun,
      .decided = same_place(current, resolved->wanted),
      .instead = asked_instead(viewer, *seen, *resolved, begins_now(*wish))};
  return answer(connection, viewer.id, question, std::move(planned));
}

}  // namespace

Result<Forecast> check_create(pg::Connection& connection, const model::Viewer& owner,
                              const CreateRequest& request) {
  auto transaction = begin_looking(connection);
  if (!transaction) return fail(transaction.error());
  const auto pool_id = known_pool_id(connection, request.booking.pool);
  if (!pool_id) return refused_by_rule(pool_id.error());
  const auto asker = connection.exec(kAsker, owner.id, request.team.value_or(""));
  if (!asker) return fail(within("read who would book", asker.error()));
  if (request.team && !asker->front().get<std::optional<model::TeamId>>("team")) {
    return refused_by_rule(no_team_of_ones_own(*request.team));
  }
  const auto now = database_now(connection);
  if (!now) return fail(now.error());
  const auto pool = load_pool(connection, *pool_id);
  if (!pool) return fail(pool.error());
  const booking::OwnerFacts facts{asker->front().get<int>("live")};
  const auto resolved = booking::resolve(*pool, request.booking, facts, *now);
  if (!resolved) return refused_by_rule(resolved.error());

  const auto& wanted = resolved->wanted;
  const auto* device_class = pool->find_class(wanted.device_class);
  model::Reservation after;
  after.pool = *pool_id;
  after.owner = owner.id;
  after.device_class = wanted.device_class;
  after.units = wanted.units;
  after.load = wanted.load;
  after.window = wanted.window;
  after.mode = resolved->mode;
  after.name = resolved->name;
  after.rate = device_class->rate;
  after.currency = pool->currency;
  Question question{.pool = *pool,
                    .resolved = *resolved,
                    .resolve_until =
                        [&](Instant end) {
                          auto until = request.booking;
                          until.end = end;
                          until.duration.reset();
                          return booking::resolve(*pool, until, facts, *now);
                        },
                    .now = *now,
                    .least = shortest_end(pool->policy, wanted),
                    .instead = {{wanted, resolved->duration, resolved->explicit_load,
                                 std::holds_alternative<booking::Now>(request.booking.start), resolved->mode,
                                 resolved->name, request.team},
                                AsAsked::kRefused}};
  const auto amount = price_of(after);
  return answer(connection, owner.id, question, {std::move(after), device_class->name, amount, std::nullopt});
}

Result<Forecast> check_edit(pg::Connection& connection, const model::Viewer& viewer,
                            const model::ReservationId& id, const VersionedEdit& request) {
  return check_change(connection, viewer, id, request.version, false,
                      [&](const model::Policy&, const model::Reservation&) -> Result<booking::EditRequest> {
                        return request.change;
                      });
}

Result<Forecast> check_extend(pg::Connection& connection, const model::Viewer& viewer,
                              const model::ReservationId& id, const ExtendRequest& request) {
  return check_change(connection, viewer, id, request.version, true,
                      [&](const model::Policy& policy, const model::Reservation& current) {
                        return extension(policy, current, request);
                      });
}

}  // namespace berth::store
