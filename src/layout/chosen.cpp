#include "layout/chosen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "layout/render.hpp"

namespace berth::layout {
namespace {

std::string field_of(const std::string& card) {
  return fmt::format("ways.{}", card);
}

bool is_same(const Cut& a, const Cut& b) {
  return std::ranges::equal(a.parts, b.parts, {}, &Part::unit, &Part::unit);
}

Result<int> way_of(const CardCuts& card, const std::map<std::string, int>& ways) {
  const auto& name = card.device->name;
  const auto most = static_cast<int>(card.cuts.size());
  const auto said = ways.find(name);
  if (said == ways.end() && most == 1) return 1;
  if (said == ways.end()) {
    return fail(invalid_field(field_of(name), "", fmt::format("1 to {}", most),
                              fmt::format("Card {} can be cut in {} ways: say which one.", name, most)));
  }
  if (said->second >= 1 && said->second <= most) return said->second;
  return fail(
      invalid_field(field_of(name), std::to_string(said->second), fmt::format("1 to {}", most),
                    fmt::format("Card {} can be cut in {} way{}.", name, most, most == 1 ? "" : "s")));
}

}  // namespace

Result<ChosenLayout> choose_layout(const model::Pool& pool, const model::Node& node,
                                   const std::map<std::string, int>& ways) {
  const auto layouts = layouts_of(pool, node);
  if (!layouts) return fail(layouts.error());
  const auto cards = cuts_of(pool, node);
  for (const auto& [name, way] : ways) {
    if (std::ranges::none_of(cards, [&](const CardCuts& card) { return card.device->name == name; }))
      return fail(invalid_field(field_of(name), std::to_string(way), "a card of the node",
                                fmt::format("Node {} has no card \"{}\".", node.name, name)));
  }
  ChosenLayout chosen;
  std::vector<const Cut*> cuts;
  for (const auto& card : cards) {
    if (card.cuts.empty()) continue;
    const auto way = way_of(card, ways);
    if (!way) return fail(way.error());
    chosen.ways.emplace(card.device->name, *way);
    cuts.push_back(&card.cuts[static_cast<std::size_t>(*way - 1)]);
    for (const auto& part : cuts.back()->parts) {
      chosen.units.push_back(part.unit->name);
      chosen.advertises[part.unit->resource_name] += part.unit->replicas;
    }
  }
  const auto found = std::ranges::find_if(*layouts, [&](const NodeLayout& one) {
    return std::ranges::equal(one.cuts, cuts, [](const Cut& a, const Cut* b) { return is_same(a, *b); });
  });
  if (found == layouts->end() || chosen.units.empty()) {
    return fail(invalid_field("ways", "", "a layout with a unit",
                              fmt::format("Node {} has no such layout.", node.name)));
  }
  chosen.name = found->name;
  return chosen;
}

}  // namespace berth::layout
