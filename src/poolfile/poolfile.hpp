// The pool file: YAML or JSON to the model's Pool, with every fault named by its path. Its published schema
// is api/pool.schema.json; it is checked here in code, and a test holds schema and code together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/pool.hpp"

namespace berth::poolfile {

inline constexpr std::size_t kMaxUnits = 4096;

/// One pool. Ids in it are places in its lists, counted from 1: they tie units to devices, nodes and classes
/// until the database gives others; the pool's own is 0. A unit that is told without a device has one of its
/// own, of its name, which it covers whole. Faults (kInvalid, several FieldErrors at once) include: unknown
/// or missing fields, amounts out of range, set_aside above capacity, a unit of an unknown class, names that
/// are no DNS labels or not unique, CIDRs and resource names that are malformed, an unknown time zone, a
/// class whose storage does not hold home and model cache, a placement outside its device's slots, and units
/// that share a resource name on a node with replicas above 1, and can be claimed at one time, unless
/// `allow_cross_tenant_sharing` is true (the sentence proposes safe layouts).
Result<model::Pool> parse_pool(const json::value& document);

/// The pool as a pool file's JSON, every unit under its device; parse_pool of it gives the same pool (with
/// ids as parse_pool gives them, and without retired parts).
json::object to_json(const model::Pool& pool);

/// Policy and site alone, as the database keeps them.
json::object policy_to_json(const model::Policy& policy);
Result<model::Policy> policy_from_json(const json::value& value);
json::object site_to_json(const model::Site& site);
Result<model::Site> site_from_json(const json::value& value);

}  // namespace berth::poolfile
