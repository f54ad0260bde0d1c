#include "store/round.hpp"

#include "store/booking_writes.hpp"
#include "store/reservation_rows.hpp"
#include "store/round_writes.hpp"

namespace berth::store {
namespace {

using Outcomes = std::vector<Result<WishOutcome>>;
using Views = std::map<model::ReservationId, Result<ReservationView>>;

/// Nothing that one wish asks for can be the reason.
bool is_of_all(const Error& error) {
  return error.code == Code::kTimeout || error.code == Code::kUnavailable;
}

Result<ReservationView> view_in(const Views& views, const model::ReservationId& id) {
  const auto found = views.find(id);
  if (found == views.end()) return no_reservation();
  return found->second;
}

/// What was changed is shown as the database has it now.
Result<WishOutcome> with_view(const Wish& wish, WishOutcome outcome, const Views& views) {
  const auto fill = [&](const model::ReservationId& id, ReservationView& view) -> Status {
    auto read = view_in(views, id);
    if (!read) return fail(read.error());
    view = std::move(*read);
    return {};
  };
  Status filled;
  if (auto* changed = std::get_if<Changed>(&outcome)) {
    filled = fill(std::get<ChangeWish>(wish.what).id, changed->view);
  } else if (auto* ended = std::get_if<Ended>(&outcome); ended != nullptr && ended->view.pool_name.empty()) {
    filled = fill(std::get<EndWish>(wish.what).id, ended->view);
  }
  if (!filled) return fail(filled.error());
  return outcome;
}

/// One transaction. An error: nothing was written, and nobody has an answer.
Result<Outcomes> run_once(pg::Connection& connection, PoolCache* cache, model::PoolId pool,
                          std::span<const Wish> wishes) {
  auto begun = lock_and_read(connection, cache, pool, wishes);
  if (!begun) return fail(begun.error());
  auto& [transaction, facts] = *begun;
  auto sat = sit(transaction, facts, wishes);
  if (!sat) return fail(sat.error());
  if (sat->writes.empty()) return std::move(sat->outcomes);
  const auto views = write_round(transaction, *facts.pool, sat->writes, facts.now);
  if (!views) return fail(views.error());
  Outcomes outcomes;
  for (std::size_t n = 0; n < wishes.size(); ++n) {
    auto& outcome = sat->outcomes[n];
    outcomes.push_back(outcome ? with_view(wishes[n], std::move(*outcome), *views) : std::move(outcome));
  }
  return outcomes;
}

}  // namespace

Outcomes run_round(pg::Connection& connection, PoolCache* cache, model::PoolId pool,
                   std::span<const Wish> wishes) {
  if (wishes.empty()) return {};
  auto outcomes = repeat_collided([&] { return run_once(connection, cache, pool, wishes); });
  if (outcomes) return std::move(*outcomes);
  const auto& error = outcomes.error();
  if (wishes.size() == 1 || connection.broken() || is_of_all(error))
    return Outcomes(wishes.size(), Result<WishOutcome>(fail(error)));
  const auto half = wishes.size() / 2;
  auto first = run_round(connection, cache, pool, wishes.first(half));
  auto second = run_round(connection, cache, pool, wishes.subspan(half));
  std::move(second.begin(), second.end(), std::back_inserter(first));
  return first;
}

}  // namespace berth::store
