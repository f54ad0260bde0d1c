// Making and changing objects: the one path that requests and controllers share.
#pragma once

#include <string>

#include "simcluster/apply.hpp"
#include "simcluster/world.hpp"

namespace berth::simcluster {

struct WriteOptions {
  std::string manager{};
  bool dry_run = false;
  bool force = false;         // of an apply: take fields that others own
  std::string subresource{};  // "" or "status"
  bool replaces = false;      // a PUT: the uid in the object is a condition
};

struct Written {
  ObjectPtr object;
  bool created = false;
};

/// POST. `ns` is "" for objects of the cluster.
Outcome<Written> create_object(World& world, const ResourceType& type, const std::string& ns,
                               json::object object, const WriteOptions& options);

/// PUT (`options.replaces`), and the second half of every patch but apply.
Outcome<Written> replace_object(World& world, const ResourceType& type, const Key& key, json::object object,
                                const WriteOptions& options);

/// Server-side apply. Makes the object where there is none.
Outcome<Written> apply_object(World& world, const ResourceType& type, const Key& key, json::object wanted,
                              const WriteOptions& options);

/// A controller's change: no admission, no ownership, no effect when nothing changes. Removes the object when
/// it was only waiting for its last finalizer.
void store_change(World& world, const Key& key, json::object object);

}  // namespace berth::simcluster
