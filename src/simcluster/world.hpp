// What requests and controllers share: the objects, the time, the chance, the faults, and what is to be
// looked at next. One thread at a time; SimCluster holds the lock.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "simcluster/fault.hpp"
#include "simcluster/resources.hpp"
#include "simcluster/settings.hpp"
#include "simcluster/store.hpp"
#include "simcluster/tokens.hpp"

namespace berth::simcluster {

class World {
 public:
  World(const Settings& settings, const Clock& clock, Random& random, Faults& faults, Log log);

  const Settings& settings() const { return settings_; }
  const ResourceTable& table() const { return table_; }
  const Store& store() const { return store_; }
  Store& store_for_restore() { return store_; }
  Faults& faults() { return faults_; }
  const Log& log() const { return log_; }

  Instant now() const { return clock_.now(); }
  /// RFC 3339 in whole seconds, as Kubernetes writes times.
  std::string timestamp() const;
  std::string timestamp(Instant at) const;
  std::string new_uid();
  /// Lower-case letters and digits without vowels, as Kubernetes makes name suffixes.
  std::string name_suffix(std::size_t length = 5);

  std::string give_token(Tokens::Holder holder) { return tokens_.give(random_, std::move(holder), now()); }
  /// Null for what is none, or none any more.
  const Tokens::Holder* holder_of(std::string_view token) const { return tokens_.find(token, now()); }

  /// Makes or replaces, unless nothing would change. What may react to it is looked at next.
  ObjectPtr put(const Key& key, json::object object);
  ObjectPtr erase(const Key& key, std::optional<json::object> last = std::nullopt);

  /// The object without its resourceVersion equals the other.
  static bool same_content(const json::object& a, const json::object& b);

  /// A namespace whose controllers have to run; "" is the cluster.
  void touch(const std::string& ns) { touched_.insert(ns); }
  /// The next one, if any.
  bool take_touched(std::string& ns);
  /// True once after a node changed or a pod went: pods that waited for room may fit.
  bool take_room_changed();

  /// True once `delay` has passed since the first call about `uid` and `what`; the namespace is touched when
  /// it has.
  bool waited(const std::string& uid, std::string_view what, std::chrono::milliseconds delay,
              const std::string& ns);
  /// The wait starts anew at the next call.
  void forget_wait(const std::string& uid, std::string_view what);
  /// Touches the namespaces whose waits are over.
  void wake();

 private:
  void touch_around(const Key& key);

  const Settings& settings_;
  const Clock& clock_;
  Random& random_;
  Faults& faults_;
  Log log_;
  ResourceTable table_;
  Store store_;
  Tokens tokens_;
  std::set<std::string> touched_;
  bool room_changed_ = true;
  std::map<std::pair<std::string, std::string>, Instant> waits_;  // (uid, what): when it is over
  std::set<std::pair<Instant, std::string>> wakes_;
};

/// Runs the controllers of all touched namespaces until none has anything left to do at this instant.
void settle(World& world);

}  // namespace berth::simcluster
