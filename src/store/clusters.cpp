#include "store/clusters.hpp"

#include <fmt/format.h>

#include "poolfile/poolfile.hpp"
#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kNames{"cluster_names", R"sql(SELECT name FROM berth.cluster ORDER BY name)sql"};
constexpr pg::Query kFacts{"cluster_facts", R"sql(SELECT facts FROM berth.cluster WHERE name = $1)sql"};

}  // namespace

Result<std::vector<std::string>> cluster_names(pg::Connection& connection) {
  const auto rows = connection.exec(kNames);
  if (!rows) return fail(within("list clusters", rows.error()));
  std::vector<std::string> names;
  for (const auto& row : *rows) names.push_back(row.get<std::string>("name"));
  return names;
}

Result<std::optional<model::Cluster>> load_cluster(pg::Connection& connection, const std::string& name) {
  const auto rows = connection.exec(kFacts, name);
  if (!rows) return fail(within("read a cluster", rows.error()));
  return read_cluster(*rows, name);
}

void add_cluster_read(pg::Batch& batch, const std::string& name) {
  batch.add(kFacts, name);
}

Result<std::optional<model::Cluster>> read_cluster(const pg::Rows& rows, const std::string& name) {
  if (rows.empty()) return std::optional<model::Cluster>();
  auto cluster = poolfile::cluster_from_json(name, rows.front().get<json::value>("facts"));
  if (!cluster) {
    return fail(
        Code::kUnavailable,
        fmt::format("cluster {} was declared with a newer version: {}", name, cluster.error().message),
        std::string(kNewerVersion));
  }
  return std::optional(std::move(*cluster));
}

}  // namespace berth::store
