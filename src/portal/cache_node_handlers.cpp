// What the daemon of a node's cache asks and says: its own node's, which is its token's.
#include "cacheplan/wire.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "store/cache_nodes.hpp"

namespace berth::portal {
namespace {

HandlerResult wanted(Call& call) {
  const auto all = store::wanted_on(call.db, *call.node);
  if (!all) return fail(all.error());
  json::array items;
  for (const auto& one : *all) items.emplace_back(cacheplan::to_json(one));
  return json_answer(200, json::object{{"items", std::move(items)}, {"next", nullptr}});
}

HandlerResult report(Call& call) {
  const auto said = cacheplan::parse_report(call.body);
  if (!said) return fail(said.error());
  const auto ignored = store::write_cache_report(call.db, *call.node, *said);
  if (!ignored) return fail(ignored.error());
  return json_answer(200, json::object{{"ignored", *ignored}});
}

}  // namespace

void add_cache_node_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["wantedOnNode"] = wanted;
  handlers["reportOfNode"] = report;
}

}  // namespace berth::portal
