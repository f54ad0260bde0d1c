// The keys of tickets into workspaces: one that is in use, and those before it until what they signed has run
// out.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "entry/ticket.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

/// The key to sign with; made in the name of `author` where there is none. One that was made a moment ago may
/// not have reached the gates yet, so the one before it signs on for
/// kGateKeySettles after it was retired.
inline constexpr seconds kGateKeySettles{10};
Result<entry::SigningKey> signing_key(pg::Connection& connection, Random& random, const Author& author);

/// What gates look at tickets with: the one in use, and who was retired less than a ticket's life ago.
inline constexpr pg::Query kPublicGateKeys{"gate_keys_public", R"sql(
    SELECT id, public_half
    FROM berth.gate_key
    WHERE retired_at IS NULL OR retired_at > clock_timestamp() - interval '2 minutes'
    ORDER BY created_at, id
)sql"};
std::vector<entry::PublicKey> read_public_keys(const pg::Rows& rows);

}  // namespace berth::store
