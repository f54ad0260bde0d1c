// In which ways the cards of a pool may be cut, for the pictures of the page.
#include "layout/cuts.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"

namespace berth::portal {
namespace {

/// Of a card without a table there is one place, which every way takes whole.
int positions_of(const layout::CardCuts& cuts) {
  return cuts.card == nullptr ? 1 : cuts.card->positions;
}

json::object render_part(const model::Pool& pool, const layout::Part& part, int positions) {
  const auto* profile = part.instance.profile;
  const auto* kind = pool.find_class(part.unit->device_class);
  return {{"unit", part.unit->name},
          {"device_class", kind == nullptr ? "" : kind->name},
          {"profile", profile == nullptr ? "" : std::string(profile->name)},
          {"start", profile == nullptr ? 0 : part.instance.start},
          {"end", profile == nullptr ? positions : part.instance.end()},
          {"replicas", part.unit->replicas}};
}

json::object render_card(const model::Pool& pool, const model::Node& node, const layout::CardCuts& cuts,
                         std::size_t index) {
  const int positions = positions_of(cuts);
  json::array ways;
  for (const auto& cut : cuts.cuts) {
    json::array parts;
    for (const auto& part : cut.parts) parts.emplace_back(render_part(pool, part, positions));
    ways.emplace_back(json::object{{"way", ways.size() + 1}, {"parts", std::move(parts)}});
  }
  json::array faults;
  for (const auto& fault : cuts.faults) faults.emplace_back(fault.message);
  return {{"node", node.name},
          {"device", cuts.device->name},
          {"index", index},
          {"model", cuts.device->model},
          {"card", cuts.card == nullptr ? json::value(nullptr) : json::value(std::string(cuts.card->name))},
          {"places_seen", cuts.card == nullptr || cuts.card->geometry == layout::Geometry::kSeen},
          {"positions", positions},
          {"ways", std::move(ways)},
          {"faults", std::move(faults)}};
}

HandlerResult list_cards(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto pool = pool_of(call);
  if (!pool) return fail(pool.error());
  json::array items;
  for (const auto& node : pool->nodes) {
    if (node.retired) continue;
    const auto cards = layout::cuts_of(*pool, node);
    for (std::size_t index = 0; index < cards.size(); ++index)
      items.emplace_back(render_card(*pool, node, cards[index], index));
  }
  return json_answer(200, json::object{{"items", std::move(items)}, {"next", nullptr}});
}

}  // namespace

void add_card_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listCards"] = list_cards;
}

}  // namespace berth::portal
