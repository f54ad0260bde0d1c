// A request whose answer comes from the desk: what is kept of it meanwhile, and how it goes on.
#pragma once

#include <functional>

#include "portal/call.hpp"
#include "store/wishes.hpp"

namespace berth::portal {

struct Later {
  model::PoolId pool;
  store::Wish wish;
  /// With a connection of its own, on another thread; the call is as it was.
  std::function<HandlerResult(Call&, store::Answer)> answered;
};

/// Hands a wish on: what the handler returns then is this. An error where it is known already that nothing
/// can come of it.
HandlerResult at_desk(Call& call, store::Wish wish,
                      std::function<HandlerResult(Call&, store::Answer)> answered);

}  // namespace berth::portal
