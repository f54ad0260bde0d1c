// Pool files: YAML under its limits, and a pool that reads back the same.
#include <algorithm>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "fuzz.hpp"
#include "poolfile/poolfile.hpp"

namespace {

using berth::fuzz::require;
namespace poolfile = berth::poolfile;
namespace json = berth::json;

constexpr std::size_t kLongestErrorBytes = 8192;
constexpr std::size_t kLongestShownCluster = std::size_t{128} * 1024;

void check_documents(const std::vector<json::value>& documents) {
  std::size_t nodes = 0;
  for (const auto& document : documents) {
    require(!document.is_null());
    require(berth::fuzz::depth_of(document) <= berth::kMaxJsonDepth);
    require(berth::fuzz::all_texts(document, berth::is_utf8));
    nodes += berth::fuzz::nodes_of(document);
  }
  require(nodes <= berth::kMaxYamlNodes);
}

bool is_number_or_word(const json::value& value) {
  return value.is_number() || value.is_bool() || value.is_null();
}

/// JSON is YAML. (Texts are left to the parser's own tests: YAML folds and escapes some differently.)
void check_scalars_as_json(const json::value& value) {
  if (is_number_or_word(value)) {
    const auto again = berth::yaml_documents("[" + json::serialize(value) + "]");
    require(again && again->size() == 1 && berth::fuzz::same_json(again->front(), json::array{value}));
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) check_scalars_as_json(inner);
  } else if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) check_scalars_as_json(inner);
  }
}

void check_refusal(const berth::Error& error) {
  require(error.code == berth::Code::kInvalid && !error.fields.empty() && error.fields.size() <= 50);
  for (const auto& field : error.fields) {
    require(field.value.size() <= 100 && !field.message.empty());
    require(field.message.size() <= kLongestShownCluster);
  }
}

void check_cluster(const json::value& document) {
  const auto cluster = poolfile::parse_cluster(document);
  if (!cluster) return check_refusal(cluster.error());
  require(!cluster->name.empty());
  require(poolfile::parse_cluster(poolfile::to_json(*cluster)) == *cluster);
  require(poolfile::cluster_from_json(cluster->name, poolfile::facts_to_json(*cluster)) == *cluster);
}

/// All of them are read, or what is wrong is told; what each gives alone, all give together.
void check_stream(const std::vector<json::value>& documents) {
  const auto declared = poolfile::parse_stream(documents);
  if (!declared) return check_refusal(declared.error());
  require(declared->pools.size() + declared->clusters.size() == documents.size());
  std::vector<json::value> written;
  for (const auto& cluster : declared->clusters) written.emplace_back(poolfile::to_json(cluster));
  for (const auto& pool : declared->pools) written.emplace_back(poolfile::to_json(pool));
  require(poolfile::parse_stream(written) == *declared);
}

void check_pool(const json::value& document) {
  const auto pool = poolfile::parse_pool(document);
  if (!pool) return check_refusal(pool.error());
  require(!pool->name.empty() && !pool->nodes.empty() && !pool->classes.empty());
  require(pool->units.size() <= poolfile::kMaxUnits);
  for (const auto& node : pool->nodes) {
    const auto bookable = node.bookable();
    require(bookable.cpu.value >= 0 && bookable.memory.value >= 0 && bookable.storage.value >= 0);
  }
  for (const auto& unit : pool->units) {
    require(unit.replicas >= 1 && unit.replicas <= 64);
    require(pool->find_class(unit.device_class) != nullptr && pool->find_node(unit.node) != nullptr);
  }
  const auto written = poolfile::to_json(*pool);
  require(poolfile::parse_pool(written) == *pool);
  require(poolfile::policy_from_json(poolfile::policy_to_json(pool->policy)) == pool->policy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto documents = berth::yaml_documents(berth::fuzz::text_of(bytes, size));
  if (!documents) {
    require(!documents.error().message.empty() && documents.error().message.size() <= kLongestErrorBytes);
    return 0;
  }
  check_documents(*documents);
  for (const auto& document : *documents) {
    check_scalars_as_json(document);
    check_pool(document);
    check_cluster(document);
  }
  check_stream(*documents);
  return 0;
}
