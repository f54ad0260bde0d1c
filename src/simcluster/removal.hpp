// Deleting objects: at once, after a grace period, or when the last finalizer is gone.
#pragma once

#include <optional>
#include <string>

#include "simcluster/world.hpp"

namespace berth::simcluster {

enum class Propagation { kDefault, kBackground, kForeground, kOrphan };

struct RemovalOptions {
  std::string uid{};  // preconditions; empty: none
  std::string resource_version{};
  std::optional<std::int64_t> grace_seconds{};
  Propagation propagation = Propagation::kDefault;
  bool dry_run = false;
};

/// 400 when the body is not a DeleteOptions.
Outcome<RemovalOptions> removal_options(const json::value& body);

struct Removal {
  ObjectPtr object;  // as it is now, or was
  bool gone = false;
};

/// 404, 409 when a precondition fails, 403 for namespaces that may not go.
Outcome<Removal> remove_object(World& world, const ResourceType& type, const Key& key,
                               const RemovalOptions& options);

}  // namespace berth::simcluster
