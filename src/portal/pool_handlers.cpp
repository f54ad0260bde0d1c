#include <fmt/format.h>

#include <map>
#include <string>

#include "base/text.hpp"
#include "poolfile/node_labels.hpp"
#include "poolfile/poolfile.hpp"
#include "portal/applied_render.hpp"
#include "portal/handlers.hpp"
#include "portal/own_cluster.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/apply.hpp"
#include "store/calendar.hpp"
#include "store/clusters.hpp"
#include "store/node_labels.hpp"
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

http::Response refuse(const Call& call, const store::PoolInUse& in_use) {
  auto refusal = refusal_of(in_use);
  return problem(refusal.error, call.request.request_id, std::move(refusal.extra));
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
  store::DeclareOptions options;
  options.labels.emplace().emplace(wanted->name, poolfile::node_labels(call.body));
  const auto outcome = store::declare(call.db, call.author(), {{}, {*wanted}}, options);
  if (!outcome) return fail(outcome.error());
  if (const auto* in_use = std::get_if<store::PoolInUse>(&*outcome)) return refuse(call, *in_use);
  const auto& changes = std::get<store::AppliedAll>(*outcome).pools.front().changes;
  return json_answer(200, json::object{{"name", wanted->name},
                                       {"changed", !changes.empty()},
                                       {"changes", json::array(changes.begin(), changes.end())}});
}

/// As it is now declared: what a file has to say to change nothing.
HandlerResult pool_file(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto pool = store::load_pool(call.db, call.request.param("name"));
  if (!pool) return fail(pool.error());
  const auto cluster = store::load_cluster(call.db, pool->cluster);
  if (!cluster) return fail(cluster.error());
  json::array documents;
  if (*cluster) documents.push_back(poolfile::to_json(**cluster));
  const auto labels = store::load_node_labels(call.db, pool->id);
  if (!labels) return fail(labels.error());
  auto document = poolfile::to_json(*pool);
  poolfile::put_node_labels(document, *labels);
  documents.push_back(std::move(document));
  return json_answer(200, json::object{{"documents", std::move(documents)}});
}

HandlerResult cluster_file(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const std::string name(call.request.param("name"));
  const auto cluster = store::load_cluster(call.db, name);
  if (!cluster) return fail(cluster.error());
  if (!*cluster)
    return fail(Code::kNotFound, fmt::format("There is no cluster {}.", name), "cluster_not_found");
  return json_answer(200, json::object{{"documents", json::array{poolfile::to_json(**cluster)}}});
}

/// A whole pool file at once.
HandlerResult apply_all(Call& call) {
  if (auto allowed = need(call, model::Duty::kDeclarePools); !allowed) return fail(allowed.error());
  const auto& documents = call.body.at("documents").as_array();
  auto declared = poolfile::parse_stream(std::span(documents.data(), documents.size()));
  if (!declared) return fail(declared.error());
  const auto notes = keep_own_facts(call.services.own_cluster, declared->clusters);
  std::map<std::string, poolfile::NodeLabels> labels;
  for (const auto& document : documents) {
    if (string_at(document, {"kind"}) == "Pool")
      labels.emplace(string_at(document, {"name"}), poolfile::node_labels(document));
  }
  const auto is_set = [&](std::string_view name) { return find_bool(call.body, {name}).value_or(false); };
  const auto outcome =
      store::declare(call.db, call.author(), *declared,
                     {.labels = std::move(labels),
                      .move = is_set("move") ? store::MoveBookings::kYes : store::MoveBookings::kNo,
                      .keep = is_set("dry_run") ? store::Keep::kNo : store::Keep::kYes});
  if (!outcome) return fail(outcome.error());
  if (const auto* in_use = std::get_if<store::PoolInUse>(&*outcome)) return refuse(call, *in_use);
  return json_answer(200,
                     json::object{{"items", render_applied(std::get<store::AppliedAll>(*outcome), notes)}});
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
  handlers["getPoolFile"] = pool_file;
  handlers["getClusterFile"] = cluster_file;
  handlers["applyPool"] = apply_pool;
  handlers["apply"] = apply_all;
  handlers["availability"] = availability;
  handlers["calendar"] = calendar;
}

}  // namespace berth::portal
