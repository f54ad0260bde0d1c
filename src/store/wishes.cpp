#include "store/wishes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "store/change_words.hpp"
#include "store/round_facts.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxKeyBytes = 200;
constexpr std::string_view kKeyConstraint = "idempotency_pkey";

const model::ReservationId* changes(const Wish& wish) {
  if (const auto* change = std::get_if<ChangeWish>(&wish.what)) return &change->id;
  if (const auto* end = std::get_if<EndWish>(&wish.what)) return &end->id;
  return nullptr;
}

Result<model::PoolId> pool_of_change(pg::Connection& connection, const model::Viewer& viewer,
                                     const model::ReservationId& id, model::Action action) {
  // Owner, team and pool of a reservation never change, so what is read before the locks stays good.
  const auto seen = load_reservation(connection, viewer, id);
  if (!seen) return fail(seen.error());
  if (auto may = check_allowed(viewer, *seen, action); !may) return fail(may.error());
  return seen->reservation.pool;
}

}  // namespace

bool may_join(const Wish& other, const Wish& next) {
  const auto* book = std::get_if<BookWish>(&next.what);
  const auto* other_book = std::get_if<BookWish>(&other.what);
  if (book != nullptr && other_book != nullptr) {
    return !book->idempotency || !other_book->idempotency || book->owner.id != other_book->owner.id ||
           book->idempotency->key != other_book->idempotency->key;
  }
  if (book != nullptr || other_book != nullptr) return true;
  return *changes(other) != *changes(next);
}

bool may_join(std::span<const Wish> others, const Wish& next) {
  return std::ranges::all_of(others, [&](const Wish& other) { return may_join(other, next); });
}

Result<model::PoolId> pool_of(pg::Connection& connection, const BookWish& wish) {
  if (wish.idempotency && (wish.idempotency->key.empty() || wish.idempotency->key.size() > kMaxKeyBytes)) {
    return fail(invalid_field("Idempotency-Key", std::string(first_bytes(wish.idempotency->key, 40)),
                              fmt::format("1 to {} bytes", kMaxKeyBytes),
                              fmt::format("An Idempotency-Key has 1 to {} bytes.", kMaxKeyBytes)));
  }
  // Pools are never deleted, so an id that is looked up before the lock stays good.
  return known_pool_id(connection, wish.request.booking.pool);
}

Result<model::PoolId> pool_of(pg::Connection& connection, const ChangeWish& wish) {
  return pool_of_change(connection, wish.viewer, wish.id, model::Action::kEdit);
}

Result<model::PoolId> pool_of(pg::Connection& connection, const EndWish& wish) {
  return pool_of_change(connection, wish.viewer, wish.id, model::Action::kEnd);
}

Result<model::PoolId> pool_of(pg::Connection& connection, const Wish& wish) {
  return std::visit([&](const auto& what) { return pool_of(connection, what); }, wish.what);
}

Result<Answer> answer_of(pg::Connection& connection, const Wish& wish, Result<WishOutcome> outcome) {
  const auto* book = std::get_if<BookWish>(&wish.what);
  if (!outcome && book != nullptr && book->idempotency &&
      pg::violated_constraint(outcome.error()) == kKeyConstraint) {
    outcome = replay_other_pool(connection, *book);
  }
  if (!outcome) return fail(outcome.error());
  const auto asker = [&]() -> const model::UserId& {
    if (book != nullptr) return book->owner.id;
    if (const auto* change = std::get_if<ChangeWish>(&wish.what)) return change->viewer.id;
    return std::get<EndWish>(wish.what).viewer.id;
  };
  return std::visit(
      [&](auto& one) -> Result<Answer> {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Denied>) {
          auto offers = find_offers(connection, one.pool, asker(), one.asked, one.as_asked);
          if (!offers) return fail(offers.error());
          return Answer(Refused{one.shortage, std::move(*offers)});
        } else {
          return Answer(std::move(one));
        }
      },
      *outcome);
}

}  // namespace berth::store
