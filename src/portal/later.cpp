#include "portal/later.hpp"

namespace berth::portal {

HandlerResult at_desk(Call& call, store::Wish wish,
                      std::function<HandlerResult(Call&, store::Answer)> answered) {
  const auto pool = store::pool_of(call.db, wish);
  if (!pool) return fail(pool.error());
  call.later = std::make_shared<Later>(Later{*pool, std::move(wish), std::move(answered)});
  return http::Response{};
}

}  // namespace berth::portal
