// What workspaces wish (decision 47): the reconciler hears it (ControlRows::hear_wish), a portal takes it,
// decides it as its owner's own, and writes the answer, which the reconciler takes back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "said/said.hpp"

namespace berth::store {

/// Portals listen here; the payload is empty.
inline constexpr std::string_view kWishChannel = "berth_wish";

struct TakenWish {
  model::SessionId session;
  std::string id;
  std::optional<Instant> until;  // nothing: what stands there is no time that a wish may be for
  bool in_time = true;           // nobody waits for it any more otherwise
  Instant good_until;            // by the database's clock
  model::ReservationId reservation;
  model::PoolId pool;
  model::UserId owner;
  std::int64_t version = 0;  // of the reservation, as its end
  Instant end;
  bool runs = true;  // and is not over or ending
};

/// The oldest that waits and is not about one of those pools, whose answer is the caller's for the next
/// twenty seconds: nobody else gets it. After that whoever took it is taken for gone. Nothing when none
/// waits.
Result<std::optional<TakenWish>> take_wish(pg::Connection& connection,
                                           const std::vector<model::PoolId>& but_of = {});

/// Does nothing where it has an answer already, or another has taken its place.
Status answer_wish(pg::Connection& connection, const model::SessionId& session, const said::Answer& answer);

}  // namespace berth::store
