#include "portal/named_node.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "store/pools.hpp"

namespace berth::portal {

Result<NamedNode> named_node(Call& call) {
  const auto name = string_at(call.body, {"pool"});
  auto pool = store::load_pool(call.db, name);
  if (!pool && pool.error().code == Code::kNotFound) {
    return fail(invalid_field("pool", shown(name), "a pool's name",
                              fmt::format("There is no pool \"{}\".", shown(name))));
  }
  if (!pool) return fail(pool.error());
  const auto node = string_at(call.body, {"node"});
  const auto found = std::ranges::find_if(pool->nodes, [&](const model::Node& one) {
    return !one.retired && (one.name == node || one.kubernetes_name == node);
  });
  if (found == pool->nodes.end()) {
    return fail(invalid_field("node", shown(node), "a node of the pool",
                              fmt::format("Pool {} has no node \"{}\".", pool->name, shown(node))));
  }
  const auto id = found->id;
  return NamedNode{std::move(*pool), id};
}

}  // namespace berth::portal
