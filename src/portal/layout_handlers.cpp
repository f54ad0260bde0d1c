// Layouts of nodes: ordered by an admin's word, brought about by the reconciler (decision 59).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "layout/chosen.hpp"
#include "portal/handlers.hpp"
#include "portal/named_node.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/layout_orders.hpp"
#include "store/pools.hpp"

namespace berth::portal {
namespace {

constexpr hours kFurthest{400 * 24};
/// What was "now" to whoever typed it may be over when it arrives.
constexpr minutes kPassed{10};

json::object render_layout(const store::LayoutOrderRow& row) {
  json::array ways;
  for (const auto& [device, way] : row.ways.as_object())
    ways.emplace_back(json::object{{"device", device}, {"way", way}});
  return {{"id", std::to_string(row.id)},
          {"pool", row.pool},
          {"node", row.node},
          {"kubernetes_name", row.kubernetes_name},
          {"layout", row.layout},
          {"ways", std::move(ways)},
          {"units", json::value_from(row.units)},
          {"not_before", format_rfc3339(row.not_before)},
          {"ordered_by", row.ordered_by},
          {"ordered_at", format_rfc3339(row.ordered_at)},
          {"state", row.state},
          {"begun", row.begun},
          {"step", row.step},
          {"stuck", row.stuck},
          {"sentence", row.sentence},
          {"repair", row.repair},
          {"until", time_or_null(row.until)},
          {"in_force_since", time_or_null(row.in_force_since)}};
}

json::object render_all(const std::vector<store::LayoutOrderRow>& rows) {
  json::array items;
  for (const auto& row : rows) items.emplace_back(render_layout(row));
  return {{"items", std::move(items)}, {"next", nullptr}};
}

json::object render_concerned(const store::ConcernedBooking& booking) {
  return {{"reservation", booking.id.value},
          {"name", booking.name},
          {"owner", booking.owner},
          {"start", format_rfc3339(booking.start)},
          {"end", format_rfc3339(booking.end)},
          {"warnings", json::value_from(booking.warnings)}};
}

HandlerResult answer(Call& call, const std::string& pool) {
  const auto rows = store::list_layout_orders(call.db, pool);
  if (!rows) return fail(rows.error());
  return json_answer(200, render_all(*rows));
}

HandlerResult list_layouts(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto name = std::string(call.request.query_value("pool").value_or(""));
  if (!name.empty()) {
    if (const auto pool = pool_of(call); !pool) return fail(pool.error());
  }
  return answer(call, name);
}

Error of_change(std::size_t index, Error error) {
  for (auto& field : error.fields) field.field = fmt::format("changes.{}.{}", index, field.field);
  return error;
}

Result<store::NewLayoutOrder> read_change(const json::value& change, const NamedNode& place, Instant now) {
  std::map<std::string, int> ways;
  for (const auto& one : change.at("ways").as_array()) {
    const auto device = string_at(one, {"device"});
    const auto way = std::clamp<std::int64_t>(find_int(one, {"way"}).value_or(0), 0, 1'000'000);
    if (!ways.emplace(device, static_cast<int>(way)).second) {
      return fail(invalid_field("ways", shown(device), "each card once",
                                fmt::format("Card {} is named twice.", shown(device))));
    }
  }
  auto layout = layout::choose_layout(place.pool, *place.pool.find_node(place.node), ways);
  if (!layout) return fail(layout.error());
  store::NewLayoutOrder order{std::move(*layout), std::nullopt};
  const auto text = string_at(change, {"not_before"});
  if (text.empty()) return order;
  const auto at = parse_rfc3339(text);
  if (!at || *at > now + kFurthest || *at < now - kPassed) {
    return fail(invalid_field("not_before", shown(text), "a time to come, within 400 days",
                              fmt::format("\"{}\" is no time to come within 400 days.", shown(text))));
  }
  order.not_before = std::max(*at, now);
  return order;
}

HandlerResult order(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto place = named_node(call);
  if (!place) return fail(place.error());
  std::vector<store::NewLayoutOrder> orders;
  for (const auto& change : call.body.at("changes").as_array()) {
    auto read = read_change(change, *place, call.services.clock.now());
    if (!read) return fail(of_change(orders.size(), read.error()));
    orders.push_back(std::move(*read));
  }
  const bool tries = find_bool(call.body, {"dry_run"}).value_or(false);
  const auto done =
      store::order_layouts(call.db, call.author(), call.caller->viewer.id, place->pool, place->node, orders,
                           tries ? store::OrderMode::kTry : store::OrderMode::kDo);
  if (!done) return fail(done.error());
  auto body = render_all(done->rows);
  json::array concerned;
  for (const auto& one : done->concerned) concerned.emplace_back(render_concerned(one));
  body["concerned"] = std::move(concerned);
  return json_answer(200, body);
}

HandlerResult retry(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto place = named_node(call);
  if (!place) return fail(place.error());
  if (auto asked = store::retry_layout(call.db, call.author(), place->node); !asked)
    return fail(asked.error());
  return answer(call, place->pool.name);
}

}  // namespace

void add_layout_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listLayouts"] = list_layouts;
  handlers["orderLayouts"] = order;
  handlers["retryLayout"] = retry;
}

}  // namespace berth::portal
