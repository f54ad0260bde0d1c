#include "store/change.hpp"

#include "store/change_words.hpp"
#include "store/codecs.hpp"
#include "store/pool_rows.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

// NO KEY: sessions that refer to it do not wait.
constexpr pg::Query kLock{"change_lock", R"sql(
    SELECT 1
    FROM berth.reservation
    WHERE id = $1
    FOR NO KEY UPDATE
)sql"};

}  // namespace

Result<Locked> lock_reservation(pg::Connection& connection, const Author& author, const model::Viewer& viewer,
                                const model::ReservationId& id, model::Action action) {
  // Owner, team and pool of a reservation never change, so what is read before the locks stays good.
  const auto seen = load_reservation(connection, viewer, id);
  if (!seen) return fail(seen.error());
  if (auto may = check_allowed(viewer, *seen, action); !may) return fail(may.error());
  auto transaction = begin_pool_write(connection, author, seen->reservation.pool);
  if (!transaction) return fail(transaction.error());
  pg::Batch batch;
  batch.add(kLock, id);
  add_pool_reads(batch, {seen->reservation.pool});
  batch.add(kDatabaseNow);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("lock a reservation", answers.error()));
  auto pool = read_pool(std::span(*answers).subspan(1, kPoolReads));
  if (!pool) return fail(pool.error());
  auto view = load_view(connection, id);
  if (!view) return fail(view.error());
  if (!pool->has_value()) return no_reservation();
  return Locked{std::move(*transaction), std::move(*view), std::move(**pool),
                answers->at(1 + kPoolReads).front().get<Instant>("now")};
}

}  // namespace berth::store
