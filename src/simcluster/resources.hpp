// What the simulated API server serves: the one table that routes, discovery, merging and admission look
// things up in.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kubeschema/schema.hpp"
#include "simcluster/api_status.hpp"

namespace berth::simcluster {

enum class Flavour { kPlain, kOpenshift };

enum class NameRule { kSubdomain, kLabel, kPathSegment };

struct ResourceType {
  std::string group;  // "" is the core group
  std::string version;
  std::string plural;
  std::string singular;
  std::string kind;
  std::vector<std::string> short_names;
  bool namespaced = true;
  bool custom = false;              // from a CRD: list items carry apiVersion and kind
  bool has_status = false;          // status is written through its own path only
  bool counts_spec = false;         // metadata.generation grows with each change of spec
  bool must_match_version = false;  // PUT needs a resourceVersion
  NameRule name_rule = NameRule::kSubdomain;
  std::string fields;   // selectable ones, space between
  std::string storage;  // "deployments.apps": where objects are kept, shared by all versions
  std::shared_ptr<const kubeschema::Schema> schema;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  Subject subject(std::string_view name) const { return {group, plural, kind, name}; }
};

class ResourceTable {
 public:
  /// `mutating_policies`: the versions of MutatingAdmissionPolicy that are served ("v1", "v1beta1"), may be
  /// none.
  ResourceTable(Flavour flavour, const std::vector<std::string>& mutating_policies);

  const ResourceType* find(std::string_view group, std::string_view version, std::string_view plural) const;
  /// The preferred version of what is kept under `storage`; null when there is none.
  const ResourceType* by_storage(std::string_view storage) const;
  const ResourceType* by_kind(std::string_view api_version, std::string_view kind) const;
  /// In discovery order: the core group first, of each group the preferred version first.
  const std::vector<ResourceType>& all() const { return types_; }

 private:
  std::vector<ResourceType> types_;
};

}  // namespace berth::simcluster
