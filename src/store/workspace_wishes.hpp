// What workspaces wish (decision 47): the reconciler hears it (ControlRows::hear_wish), a portal takes it,
// decides it as its owner's own, and writes the answer, which the reconciler takes back.
#pragma once

#include <optional>
#include <string_view>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "said/said.hpp"

namespace berth::store {

/// Portals listen here; the payload is empty.
inline constexpr std::string_view kWishChannel = "berth_wish";

struct TakenWish {
  model::SessionId session;
  said::Wish wish;
  bool in_time = true;  // nobody waits for it any more otherwise
  model::ReservationId reservation;
  model::UserId owner;
  std::int64_t version = 0;  // of the reservation, as its end
  Instant end;
  bool runs = true;  // and is not over or ending
};

/// The oldest that waits, whose answer is the caller's for the next twenty seconds: nobody else gets it.
/// After that whoever took it is taken for gone. Nothing when none waits.
Result<std::optional<TakenWish>> take_wish(pg::Connection& connection);

/// Does nothing where it has an answer already, or another has taken its place.
Status answer_wish(pg::Connection& connection, const model::SessionId& session, const said::Answer& answer);

}  // namespace berth::store
