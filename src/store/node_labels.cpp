#include "store/node_labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kLabels{"node_labels", R"sql(
    SELECT name, labels
    FROM berth.node
    WHERE pool = $1 AND retired_at IS NULL AND labels <> '{}'
)sql"};
constexpr pg::Query kPut{"put_node_labels", R"sql(
    UPDATE berth.node
    SET labels = $3
    WHERE pool = $1 AND name = $2 AND retired_at IS NULL
)sql"};

}  // namespace

Result<poolfile::NodeLabels> load_node_labels(pg::Connection& connection, model::PoolId pool) {
  const auto rows = connection.exec(kLabels, pool);
  if (!rows) return fail(within("read the labels of nodes", rows.error()));
  poolfile::NodeLabels out;
  for (const auto& row : *rows)
    out.emplace(row.get<std::string>("name"), row.get<std::vector<std::string>>("labels"));
  return out;
}

Result<std::vector<std::string>> apply_node_labels(pg::Transaction& transaction, model::PoolId pool,
                                                   const poolfile::NodeLabels& wanted) {
  const auto before = load_node_labels(transaction.connection(), pool);
  if (!before) return fail(before.error());
  std::set<std::string> nodes;
  for (const auto& [node, labels] : *before) nodes.insert(node);
  for (const auto& [node, labels] : wanted) nodes.insert(node);
  const auto of = [](const poolfile::NodeLabels& all, const std::string& node) {
    const auto found = all.find(node);
    return found == all.end() ? std::vector<std::string>() : found->second;
  };
  std::vector<std::string> changes;
  for (const auto& node : nodes) {
    const auto was = of(*before, node);
    const auto is = of(wanted, node);
    if (was == is) continue;
    if (auto written = transaction.exec(kPut, pool, node, is); !written)
      return fail(within("write the labels of a node", written.error()));
    changes.push_back(
        fmt::format("Node {}: labels was [{}], is [{}].", node, fmt::join(was, ", "), fmt::join(is, ", ")));
  }
  return changes;
}

}  // namespace berth::store
