// Bookings of tests: each a round of its own on the caller's connection, where the portal's ride together.
#pragma once

#include "store/bookings.hpp"
#include "store/round.hpp"

namespace berth::store {

using CreateOutcome = std::variant<Created, Refused>;
using ChangeOutcome = std::variant<Changed, Stale, Refused>;

/// A round of one.
inline Result<Answer> alone(pg::Connection& connection, const Wish& wish) {
  const auto pool = pool_of(connection, wish);
  if (!pool) return fail(pool.error());
  auto outcomes = run_round(connection, nullptr, *pool, {&wish, 1});
  return answer_of(connection, wish, std::move(outcomes.front()));
}

inline Result<ChangeOutcome> change(pg::Connection& connection, const Wish& wish) {
  auto answer = alone(connection, wish);
  if (!answer) return fail(answer.error());
  if (auto* stale = std::get_if<Stale>(&*answer)) return ChangeOutcome(std::move(*stale));
  if (auto* refused = std::get_if<Refused>(&*answer)) return ChangeOutcome(std::move(*refused));
  return ChangeOutcome(std::get<Changed>(std::move(*answer)));
}

inline Result<CreateOutcome> create(pg::Connection& connection, const Author& author,
                                    const model::Viewer& owner, const CreateRequest& request,
                                    const std::optional<Idempotency>& idempotency = {}) {
  auto answer = alone(connection, {author, BookWish{owner, request, idempotency}});
  if (!answer) return fail(answer.error());
  if (auto* refused = std::get_if<Refused>(&*answer)) return CreateOutcome(std::move(*refused));
  return CreateOutcome(std::get<Created>(std::move(*answer)));
}

inline Result<ChangeOutcome> edit(pg::Connection& connection, const Author& author,
                                  const model::Viewer& viewer, const model::ReservationId& id,
                                  const VersionedEdit& request) {
  return change(connection, {author, ChangeWish{viewer, id, request.version, request.change}});
}

inline Result<ChangeOutcome> extend(pg::Connection& connection, const Author& author,
                                    const model::Viewer& viewer, const model::ReservationId& id,
                                    const ExtendRequest& request) {
  return change(connection, {author, ChangeWish{viewer, id, request.version, request}});
}

inline Result<ReservationView> end(pg::Connection& connection, const Author& author,
                                   const model::Viewer& viewer, const model::ReservationId& id) {
  auto answer = alone(connection, {author, EndWish{viewer, id}});
  if (!answer) return fail(answer.error());
  return std::get<Ended>(std::move(*answer)).view;
}

}  // namespace berth::store
