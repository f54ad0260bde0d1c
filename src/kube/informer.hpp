// A copy of a collection, kept up to date: list, then watch, and list again when the watch was lost for too
// long.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/log.hpp"
#include "kube/client.hpp"
#include "kube/presence.hpp"
#include "kube/resource.hpp"
#include "kube/retry.hpp"

namespace berth::kube {

/// Shared, never changed after it is made: safe to read from any thread.
using ObjectPtr = std::shared_ptr<const json::value>;
using Snapshot = std::map<ObjectKey, ObjectPtr>;

struct InformerSettings {
  Resource resource{};
  std::string ns{};  // empty: all namespaces
  std::string label_selector{};
  std::string field_selector{};
  /// managedFields are most of an object's size and no reader wants them; dropped before it is kept.
  bool drop_managed_fields = true;
  /// Takes out of an object what its readers do not need, before it is kept and told. What is read as name,
  /// namespace, uid and version must stay.
  std::function<void(json::value&)> cut_down{};
  std::chrono::seconds watch_timeout{300};  // each watch lasts this long, up to twice as long by chance
  Backoff::Settings backoff{};
  std::shared_ptr<Presence> presence{};  // when the server comes back, what was lost is asked for at once
  /// Once bookmarks have come, silence for so long is looked into by a new list: most servers send one about
  /// each minute, but none promises it for a kind of which nothing changes. Zero: only the watch's own end
  /// counts.
  std::chrono::milliseconds bookmark_patience{110'000};
  std::uint64_t jitter_seed = 0;  // 0: taken from the system
};

/// Called on the informer's thread, without any lock held; it should return soon. `before` is null for a new
/// object, `after` for one that is gone.
using OnChange = std::function<void(const ObjectPtr& before, const ObjectPtr& after)>;

class Informer {
 public:
  /// Starts at once. Failures are logged and retried for as long as it lives.
  Informer(const ClientFactory& factory, InformerSettings settings, OnChange on_change, Log log);
  /// Stops within milliseconds, also on a silent stream; waits for a running `on_change`.
  ~Informer();
  Informer(const Informer&) = delete;
  Informer& operator=(const Informer&) = delete;

  /// The first list has been taken in, its changes told.
  bool synced() const;
  /// False when `patience` ended first, or the informer was stopped.
  bool wait_synced(std::chrono::milliseconds patience) const;

  /// All objects as they were last seen. The map is copied, the objects are shared.
  Snapshot snapshot() const;
  /// Null when there is none.
  ObjectPtr find(const ObjectKey& key) const;

  /// How long ago the API last said anything (a list, an event, a bookmark, the end of a watch in good
  /// order); empty before the first list.
  std::optional<std::chrono::milliseconds> age() const;
  /// The last failure, until the API says anything again.
  std::optional<Error> trouble() const;
  /// Bookmarks have come: it is heard about each minute, whatever happens in the cluster.
  bool hears_bookmarks() const;

  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::kube
