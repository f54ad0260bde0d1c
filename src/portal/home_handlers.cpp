// Kept homes, each its owner's own.
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/homes.hpp"

namespace berth::portal {
namespace {

HandlerResult list_homes(Call& call) {
  const auto homes = store::read_own_homes(call.db, call.caller->viewer.id);
  if (!homes) return fail(homes.error());
  json::array items;
  for (const auto& home : *homes) items.push_back(render(home));
  return json_answer(200, json::object{{"items", std::move(items)}, {"next", nullptr}});
}

HandlerResult remove(Call& call) {
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  const auto asked =
      store::ask_home_deletion(*transaction, call.caller->viewer.id, std::string(call.request.param("id")));
  if (!asked) return fail(asked.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return json_answer(202, render(*asked));
}

}  // namespace

void add_home_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listHomes"] = list_homes;
  handlers["deleteHome"] = remove;
}

}  // namespace berth::portal
