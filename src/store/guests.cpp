#include "store/guests.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kShownEmailBytes = 100;

constexpr pg::Query kGuestList{"guest_list", R"sql(
    SELECT a.id, a.email, a.name, g.named_at
    FROM berth.reservation_guest g
    JOIN berth.app_user a ON a.id = g.member
    WHERE g.reservation = $1
    ORDER BY g.named_at, a.id
)sql"};
constexpr pg::Query kFind{"guest_find", R"sql(
    SELECT a.id, (SELECT count(*) FROM berth.reservation_guest g WHERE g.reservation = $1 AND g.member <> a.id) AS others
    FROM berth.app_user a
    WHERE a.email = $2 AND a.disabled_at IS NULL
)sql"};
// Of two that are named at once the second counts the first.
constexpr pg::Query kOneAtATime{"guest_one_at_a_time", R"sql(
    SELECT FROM berth.reservation WHERE id = $1 FOR NO KEY UPDATE
)sql"};
constexpr pg::Query kAdd{"guest_add", R"sql(
    INSERT INTO berth.reservation_guest (reservation, member)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING
)sql"};
constexpr pg::Query kOne{"guest_one", R"sql(
    SELECT a.id, a.email, a.name, g.named_at
    FROM berth.reservation_guest g
    JOIN berth.app_user a ON a.id = g.member
    WHERE g.reservation = $1 AND g.member = $2
)sql"};
constexpr pg::Query kRemove{"guest_remove", R"sql(
    DELETE FROM berth.reservation_guest WHERE reservation = $1 AND member = $2
)sql"};

Guest read_guest(const pg::Row& row) {
  return {row.get<model::UserId>("id"), row.get<std::string>("email"), row.get<std::string>("name"),
          row.get<Instant>("named_at")};
}

}  // namespace

Result<std::vector<Guest>> list_guests(pg::Connection& connection, const model::ReservationId& reservation) {
  const auto rows = connection.exec(kGuestList, reservation);
  if (!rows) return fail(within("list who may open a workspace", rows.error()));
  std::vector<Guest> guests;
  for (const auto& row : *rows) guests.push_back(read_guest(row));
  return guests;
}

Result<Guest> add_guest(pg::Transaction& transaction, const model::Reservation& reservation,
                        const std::string& email) {
  if (const auto locked = transaction.exec(kOneAtATime, reservation.id); !locked)
    return fail(within("look for a guest", locked.error()));
  const auto found = transaction.exec(kFind, reservation.id, in_lower_case(email));
  if (!found) return fail(within("look for a guest", found.error()));
  const auto shown = std::string(first_bytes(email, kShownEmailBytes));
  if (found->empty()) {
    return fail(invalid_field("email", shown, "the address of somebody who can sign in",
                              fmt::format("There is nobody here with the address {}.", shown)));
  }
  const auto member = found->front().get<model::UserId>("id");
  if (member == reservation.owner)
    return fail(invalid_field("email", shown, "somebody else", "It is your own workspace already."));
  if (found->front().get<std::int64_t>("others") >= kMaxGuests) {
    return fail(Code::kConflict, fmt::format("At most {} others may be let in at one time.", kMaxGuests),
                "too_many_guests");
  }
  if (const auto added = transaction.exec(kAdd, reservation.id, member); !added)
    return fail(within("name a guest", added.error()));
  const auto rows = transaction.exec(kOne, reservation.id, member);
  if (!rows) return fail(within("read a guest", rows.error()));
  auto guest = read_guest(rows->front());
  if (auto told = emit_of(transaction, event_kind::kReservation, reservation.id); !told)
    return fail(told.error());
  return guest;
}

Status remove_guest(pg::Transaction& transaction, const model::ReservationId& reservation,
                    const model::UserId& member) {
  const auto rows = transaction.exec(kRemove, reservation, member);
  if (!rows) return fail(within("remove a guest", rows.error()));
  if (rows->affected() == 0) return fail(Code::kNotFound, "this is nobody who was let in here", "no_guest");
  return emit_of(transaction, event_kind::kReservation, reservation);
}

}  // namespace berth::store
