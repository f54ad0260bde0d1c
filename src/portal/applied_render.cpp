#include "portal/applied_render.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::portal {
namespace {

/// As many as are named one by one.
constexpr std::size_t kMostNamed = 200;

json::array texts(const std::vector<std::string>& list) {
  return json::array(list.begin(), list.end());
}

json::object render_affected(const store::AffectedBooking& it) {
  return {{"reservation", it.reservation.value},
          {"name", it.name},
          {"owner", it.owner},
          {"device_class", it.device_class},
          {"node", it.node},
          {"units", texts(it.units)},
          {"start", format_rfc3339(it.during.start)},
          {"end", format_rfc3339(it.during.end)},
          {"in_the_way", it.in_the_way},
          {"fate", store::to_string(it.fate)},
          {"to_node", it.to_node.empty() ? json::value(nullptr) : json::value(it.to_node)},
          {"to_units", texts(it.to_units)},
          {"why", it.why}};
}

/// Those in the way come first.
json::object affected_members(const std::vector<store::AffectedBooking>& affected) {
  std::vector<const store::AffectedBooking*> order;
  order.reserve(affected.size());
  for (const auto& one : affected) order.push_back(&one);
  std::ranges::stable_partition(order, [](const auto* one) { return one->in_the_way; });
  json::array named;
  for (const auto* one : order) {
    if (named.size() < kMostNamed) named.push_back(render_affected(*one));
  }
  const auto more = order.size() - named.size();
  return {{"affected", std::move(named)}, {"affected_more", more}};
}

json::object item(std::string_view kind, std::string_view name, const std::vector<std::string>& changes) {
  return {{"kind", kind}, {"name", name}, {"changed", !changes.empty()}, {"changes", texts(changes)}};
}

}  // namespace

json::array render_applied(const store::AppliedAll& applied,
                           const std::vector<std::pair<std::string, std::string>>& notes) {
  json::array items;
  for (const auto& cluster : applied.clusters) {
    auto one = item("Cluster", cluster.name, cluster.changes);
    json::array of_it;
    for (const auto& [name, note] : notes) {
      if (name == cluster.name) of_it.emplace_back(note);
    }
    if (!of_it.empty()) one["notes"] = std::move(of_it);
    if (!cluster.affected.empty()) {
      for (auto& member : affected_members(cluster.affected)) one[member.key()] = std::move(member.value());
    }
    items.push_back(std::move(one));
  }
  for (const auto& pool : applied.pools) {
    auto one = item("Pool", pool.pool.name, pool.changes);
    const bool moved = std::ranges::any_of(
        pool.affected, [](const store::AffectedBooking& it) { return it.fate == store::Fate::kMoved; });
    if (moved) one["changed"] = true;
    if (!pool.affected.empty()) {
      for (auto& member : affected_members(pool.affected)) one[member.key()] = std::move(member.value());
    }
    items.push_back(std::move(one));
  }
  return items;
}

Refusal refusal_of(const store::PoolInUse& in_use) {
  const auto held =
      std::ranges::count_if(in_use.affected, [](const store::AffectedBooking& it) { return it.in_the_way; });
  std::string sentence;
  if (held > 0) {
    sentence = fmt::format("Pool {} is not changed: {} {} units that it would not have any more.",
                           in_use.pool, held, held == 1 ? "booking holds" : "bookings hold");
  } else {
    sentence = fmt::format("Pool {} is not changed: what is booked stands against it.", in_use.pool);
  }
  Error error{.code = Code::kConflict,
              .message = std::move(sentence),
              .slug = "pool_in_use",
              .fields = {},
              .retry_after_seconds = 0};
  for (const auto& other : in_use.others) error.fields.push_back({"pool", in_use.pool, "", other});
  return {std::move(error), affected_members(in_use.affected)};
}

}  // namespace berth::portal
