// Where the simulated cluster keeps its objects: by kind, namespace and name, each change numbered and
// remembered for a while, so that watches can follow and lists can look back. Pure: no clock, no lock; its
// owner has both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simcluster/objects.hpp"

namespace berth::simcluster {

struct Key {
  std::string storage;  // "pods", "deployments.apps"
  std::string ns;       // "" for objects of the cluster
  std::string name;
  auto operator<=>(const Key&) const = default;
};

using Revision = std::uint64_t;

enum class Change { kAdded, kModified, kDeleted };

struct StoreEvent {
  Revision revision;
  Change change;
  Key key;
  ObjectPtr object;  // as it is after the change; when deleted, as it was, with the revision of the deletion
  ObjectPtr before;  // null when added
};

class Store {
 public:
  static constexpr Revision kFirstRevision = 1;

  /// `history` events are kept; older ones are forgotten, and whoever needs them has to list again.
  explicit Store(std::size_t history) : history_(history) {}

  ObjectPtr get(const Key& key) const;
  bool contains(const Key& key) const { return get(key) != nullptr; }

  /// Makes or replaces the object, whose resourceVersion is set here.
  ObjectPtr put(const Key& key, json::object object);
  /// Null when there was none. `last` is what it was in its last moment, when it is not what is stored.
  ObjectPtr erase(const Key& key, std::optional<json::object> last = std::nullopt);

  /// All of a kind, in the order of namespace and name; of one namespace where given.
  std::vector<ObjectPtr> list(std::string_view storage,
                              std::optional<std::string_view> ns = std::nullopt) const;
  /// The same as it was at `revision`; nothing when that is forgotten or not yet there.
  std::optional<std::vector<ObjectPtr>> list_at(std::string_view storage, std::optional<std::string_view> ns,
                                                Revision revision) const;

  /// Changes after `revision`, oldest first; nothing when some of them are forgotten.
  std::optional<std::vector<StoreEvent>> events_after(Revision revision) const;

  Revision revision() const { return revision_; }
  /// From here on changes are known: a watch may start at this revision or later.
  Revision oldest() const { return forgotten_; }
  /// Forgets the changes up to and including `revision`.
  void compact(Revision revision);

  std::size_t size() const { return size_; }
  /// Each kind that has objects.
  std::vector<std::string> storages() const;
  /// Everything, e.g. to save it.
  std::vector<std::pair<Key, ObjectPtr>> everything() const;
  /// Puts back what was saved, as it was, without events. The store must be empty.
  void restore(Revision revision, std::vector<std::pair<Key, ObjectPtr>> objects);

 private:
  using Place = std::pair<std::string, std::string>;  // namespace, name
  void remember(StoreEvent event);

  std::map<std::string, std::map<Place, ObjectPtr>, std::less<>> objects_;
  std::deque<StoreEvent> events_;
  std::size_t history_;
  std::size_t size_ = 0;
  Revision revision_ = kFirstRevision;
  Revision forgotten_ = kFirstRevision;
};

}  // namespace berth::simcluster
