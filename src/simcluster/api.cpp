#include "simcluster/api.hpp"

#include <fmt/format.h>

#include "simcluster/api_handlers.hpp"
#include "simcluster/discovery.hpp"

namespace berth::simcluster {
namespace {

Outcome<ApiAnswer> dispatch(World& world, const ApiRequest& request, const Route& route) {
  if (route.verb == "get") return handle_get(world, request, route);
  if (route.verb == "list") return handle_list(world, request, route);
  if (route.verb == "watch") return handle_watch(world, request, route);
  if (route.subresource == "token") return handle_token(world, request, route);
  if (route.verb == "create") return handle_create(world, request, route);
  if (route.verb == "update") return handle_replace(world, request, route);
  if (route.verb == "patch") return handle_patch(world, request, route);
  if (route.verb == "apply") return handle_apply(world, request, route);
  if (!route.subresource.empty()) return refuse(method_not_allowed());
  return handle_delete(world, request, route);
}

}  // namespace

ApiAnswer answer(const Refusal& refusal) {
  ApiAnswer out;
  out.status = refusal.code;
  out.body = json::serialize(status_object(refusal));
  out.retry_after_seconds = refusal.retry_after_seconds;
  return out;
}

ApiAnswer answer(World& world, const ApiRequest& request) {
  const auto route = route_of(world, request);
  if (!route) return answer(route.error());
  if (!*route) return discover(world, request);
  auto outcome = dispatch(world, request, **route);
  settle(world);
  return outcome ? std::move(*outcome) : answer(outcome.error());
}

}  // namespace berth::simcluster
