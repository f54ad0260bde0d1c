// Server-side apply: merging what a manager applies into the live object, and who owns which field
// afterwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "simcluster/api_status.hpp"
#include "simcluster/field_set.hpp"

namespace berth::simcluster {

/// One entry of metadata.managedFields.
struct Managed {
  std::string manager;
  std::string operation;  // "Apply" or "Update"
  std::string api_version;
  std::string subresource;
  std::string time;  // RFC 3339
  FieldSet fields;

  bool same_owner(const Managed& other) const {
    return manager == other.manager && operation == other.operation && api_version == other.api_version &&
           subresource == other.subresource;
  }
};

std::vector<Managed> read_managed(const json::object& object);
/// Writes the entries that own something into metadata.managedFields.
void write_managed(json::object& object, const std::vector<Managed>& entries);

/// Who writes, and when.
struct Writer {
  std::string manager;
  std::string api_version;
  std::string subresource;
  std::string time;
};

struct Conflict {
  std::string manager;
  std::string message;  // conflict with "kubectl-edit" using v1
  std::string field;    // .spec.replicas
};

struct Applied {
  json::object object;  // merged, without managedFields
  std::vector<Managed> managed;
  std::vector<Conflict> conflicts;  // with other managers; the merge stands as if it were forced
};

/// `live` with the fields of `wanted` merged in and those dropped that `writer` applied before and no longer
/// does, unless another manager has them too. Nulls in `wanted` count as absent.
Applied apply_merge(const json::object& live, const json::object& wanted, const kubeschema::Schema& schema,
                    const Writer& writer);

/// The ownership after a change that is no apply: what it set is its own, what it changed or removed no one
/// else's. A change that set nothing leaves everything as it was.
std::vector<Managed> after_update(const json::object& before, const json::object& after,
                                  const kubeschema::Schema& schema, const Writer& writer);

/// One line for each conflict, in the words of the API.
Refusal conflict_refusal(const Subject& subject, const std::vector<Conflict>& conflicts);

}  // namespace berth::simcluster
