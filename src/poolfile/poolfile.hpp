// The pool file: a YAML stream (or JSON) of clusters and pools to the model's values, with every fault named
// by its path. Its published schema is api/pool.schema.json; it is checked here in code, and a test holds
// schema and code together.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/cluster.hpp"
#include "model/pool.hpp"

namespace berth::poolfile {

inline constexpr std::size_t kMaxUnits = 4096;
inline constexpr std::size_t kMaxDocuments = 64;  // of one stream

/// What one stream declares, each kind in its order.
struct Declared {
  std::vector<model::Cluster> clusters;
  std::vector<model::Pool> pools;
  bool operator==(const Declared&) const = default;
};

/// Every document is a pool or a cluster, and none is there twice. FieldErrors are those of the documents;
/// with several of them their paths begin with "documents[<place>]". Whether the clusters that pools name are
/// known is not asked here: they may have been declared before.
Result<Declared> parse_stream(std::span<const json::value> documents);

/// One pool. Ids in it are places in its lists, counted from 1: they tie units to devices, nodes and classes
/// until the database gives others; the pool's own is 0. A unit that is told without a device has one of its
/// own, of its name, which it covers whole. FieldErrors (kInvalid, several FieldErrors at once) include:
/// unknown or missing fields, amounts out of range, set_aside above capacity, a unit of an unknown class,
/// names that are no DNS labels or not unique, resource names that are malformed, an unknown time zone, a
/// class whose storage does not hold its home and model cache, facts of the cluster under `site` (the
/// sentence shows them as a Cluster's document), a placement outside its device's slots, and units that share
/// a resource name on a node with replicas above 1, and can be claimed at one time, unless
/// `allow_cross_tenant_sharing` is true (the sentence proposes safe layouts).
Result<model::Pool> parse_pool(const json::value& document);

/// The pool as a pool file's JSON, every unit under its device; parse_pool of it gives the same pool (with
/// ids as parse_pool gives them, and without retired parts).
json::object to_json(const model::Pool& pool);

/// One cluster: what is true of it, whatever pools are on it.
Result<model::Cluster> parse_cluster(const json::value& document);
json::object to_json(const model::Cluster& cluster);

/// A pool's policy, and a cluster's facts without its name, as the database keeps them.
json::object policy_to_json(const model::Policy& policy);
Result<model::Policy> policy_from_json(const json::value& value);
json::object facts_to_json(const model::Cluster& cluster);
Result<model::Cluster> cluster_from_json(std::string name, const json::value& facts);

}  // namespace berth::poolfile
