// How parts of an object merge in a server-side apply: which lists have items with keys, which lists and maps
// are one indivisible value. The rest follows the defaults of the Kubernetes API: maps merge field by field,
// lists are one value.
//
// The one place that knows: what counts as drift (manifests::matches), where a difference lies
// (reconciler::first_difference) and how the simulated API server merges all ask here. The contract suite
// holds it to a real API server.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace berth::kubeschema {

enum class Merge {
  kDefault,
  kAtomic,     // a map that is one value
  kSet,        // a list of distinct scalars
  kKeyedList,  // a list of maps, told apart by key fields
};

struct KeyField {
  std::string name;
  std::string fallback;  // what a missing key field stands for ("TCP"); empty: it must be there
};

struct Schema {
  Merge merge = Merge::kDefault;
  std::vector<KeyField> keys;
  std::map<std::string, std::shared_ptr<Schema>, std::less<>>
      fields;  // of the map, or of each item of the list

  /// The schema of a field; one of defaults where nothing is said about it.
  const Schema& at(std::string_view field) const;
};

/// The schema of the objects of one kind; one of a kind that is not known says only what is true of all.
std::shared_ptr<const Schema> schema_of(std::string_view kind);

/// True for lists whose items are merged, not replaced.
inline bool merges_items(const Schema& schema) {
  return schema.merge == Merge::kSet || schema.merge == Merge::kKeyedList;
}

/// What tells an item of such a list from the others, as managed fields write it: `k:{"name":"x"}`, `v:"x"`.
/// Empty when the item lacks a key field.
std::string item_key(const json::value& item, const Schema& list);

}  // namespace berth::kubeschema
