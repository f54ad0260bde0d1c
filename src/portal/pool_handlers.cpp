#include <fmt/format.h>

#include "base/text.hpp"
#include "poolfile/poolfile.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/calendar.hpp"
#include "store/pools.hpp"

namespace berth::portal {
namespace {

HandlerResult list_pools(Call& call) {
  auto list = store::load_pools(call.db);
  if (!list) return fail(list.error());
  json::array items;
  for (const auto& pool : list->pools) items.push_back(render(pool));
  json::object body{{"items", std::move(items)}, {"next", nullptr}};
  if (!list->unreadable.empty()) body["unreadable"] = render(list->unreadable);
  return json_answer(200, std::move(body));
}

HandlerResult apply_pool(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  auto wanted = poolfile::parse_pool(call.body);
  if (!wanted) return fail(wanted.error());
  const auto name = call.request.param("name");
  if (wanted->name != name) {
    return fail(invalid_field("name", wanted->name, std::string(name),
                              "The pool's name is not that of the address."));
  }
  auto applied = store::apply_pool(call.db, call.author(), *wanted);
  if (!applied) return fail(applied.error());
  return json_answer(
      200, json::object{{"name", wanted->name},
                        {"changed", !applied->changes.empty()},
                        {"changes", json::array(applied->changes.begin(), applied->changes.end())}});
}

HandlerResult availability(Call& call) {
  auto range = range_of(call.request);
  if (!range) return fail(range.error());
  auto pool = pool_of(call);
  if (!pool) return fail(pool.error());
  auto found = store::load_availability(call.db, *pool, *range);
  if (!found) return fail(found.error());
  return json_answer(200, render(*pool, *found, *range));
}

HandlerResult calendar(Call& call) {
  auto range = range_of(call.request);
  if (!range) return fail(range.error());
  auto pool = pool_of(call);
  if (!pool) return fail(pool.error());
  auto lanes = store::load_calendar(call.db, call.caller->viewer, *pool, *range);
  if (!lanes) return fail(lanes.error());
  return json_answer(200, render(*pool, *lanes, *range));
}

}  // namespace

Result<model::Pool> pool_of(Call& call) {
  const auto name = call.request.query_value("pool").value_or("");
  auto pool = store::load_pool(call.db, name);
  if (!pool && pool.error().code == Code::kNotFound) {
    return fail(invalid_field("pool", std::string(first_bytes(name, 64)), "a pool's name",
                              fmt::format("There is no pool \"{}\".", first_bytes(name, 64))));
  }
  return pool;
}

void add_pool_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listPools"] = list_pools;
  handlers["applyPool"] = apply_pool;
  handlers["availability"] = availability;
  handlers["calendar"] = calendar;
}

}  // namespace berth::portal
