// A round: the wishes of one pool that are there at one moment, decided one after the other in one
// transaction.
//
// One lock, one read of what they need, one write of what they change, one commit. Each is decided on the
// calendar as the earlier ones of the round leave it, and gets an answer of its own; what one is refused, or
// does wrong, is nothing to the others.
#pragma once

#include <span>
#include <vector>

#include "store/pool_cache.hpp"
#include "store/wishes.hpp"

namespace berth::store {

/// An outcome for each wish, in their order. Every two of them may join each other (may_join). `cache`: where
/// pools are kept between rounds; without one the pool is read.
///
/// A round that collides with another transaction is run again. One that the database refuses to write is run
/// again in halves, until the one that it refuses is alone with its error. When the database is away, late,
/// or did not say whether it committed, that is the outcome of all.
std::vector<Result<WishOutcome>> run_round(pg::Connection& connection, PoolCache* cache, model::PoolId pool,
                                           std::span<const Wish> wishes);

}  // namespace berth::store
