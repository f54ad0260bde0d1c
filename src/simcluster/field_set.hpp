// Sets of fields of an object, as server-side apply keeps them for each manager.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "kubeschema/schema.hpp"

namespace berth::simcluster {

/// A tree of path elements ("f:spec", `k:{"name":"x"}`). A node may itself be a member, and have members
/// below it.
struct FieldSet {
  bool member = false;
  std::map<std::string, FieldSet, std::less<>> below;

  bool operator==(const FieldSet&) const = default;
  bool empty() const { return !member && below.empty(); }
  /// The part at one path element; null when nothing is there.
  const FieldSet* at(std::string_view element) const;
};

FieldSet united(const FieldSet& a, const FieldSet& b);
/// Members of both.
FieldSet common(const FieldSet& a, const FieldSet& b);
/// Members of `a` that are not members of `b`.
FieldSet without(const FieldSet& a, const FieldSet& b);
/// Members of `a` that are neither members of `b` nor below one.
FieldSet without_all_below(const FieldSet& a, const FieldSet& b);

/// Every leaf of `value`, and the items of its merging lists.
FieldSet fields_of(const json::value& value, const kubeschema::Schema& schema);

struct Difference {
  FieldSet set;  // fields that were added or have another value now
  FieldSet removed;
};
Difference difference(const json::value& before, const json::value& after, const kubeschema::Schema& schema);

/// Takes away what the API never counts as a manager's: apiVersion, kind, and the server's part of metadata.
void strip_identity(FieldSet& set);

/// Each member as the API names it in conflicts: ".spec.containers[name=\"x\"].image".
std::vector<std::string> paths_of(const FieldSet& set);

/// The `fieldsV1` form and back. Whatever is not of that form is left out.
json::object to_fields_v1(const FieldSet& set);
FieldSet from_fields_v1(const json::value& fields);

}  // namespace berth::simcluster
