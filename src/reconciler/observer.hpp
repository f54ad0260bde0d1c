// The watch-fed picture of the cluster: what carries our installation's id, the shared policies, nodes, and
// the pods that use a GPU or live in a session.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "kube/kube.hpp"
#include "planning/planning.hpp"

namespace berth::reconciler {

/// kUnavailable, naming them, while the servers of API groups that Berth uses do not answer: what such a
/// group serves is not known then, and would be taken for not served. After a restart of the cluster this
/// passes.
Status check_groups(const kube::Discovery& discovery);

/// A watch that fails and was not heard for so long is trouble. The API sends each watch a bookmark about
/// once a minute: a connection that broke just before one and was made anew at once is heard again well
/// within this.
inline constexpr std::chrono::seconds kUnheardTooLong{150};

struct ObserverSettings {
  std::chrono::milliseconds unheard_too_long = kUnheardTooLong;
  std::chrono::milliseconds bookmark_patience = kube::InformerSettings().bookmark_patience;
  std::shared_ptr<kube::Presence> presence{};  // may be none
  /// A watch that is heard so long after our write has surely caught up.
  std::chrono::milliseconds written_stands_in{10'000};
  /// Called when a workspace says something new, with when to look: whoever says much at once is looked at
  /// once in a second. Without it, as any change.
  std::function<void(std::chrono::steady_clock::time_point)> on_said{};
};

class Observer {
 public:
  /// `on_change` is called from several threads when something that matters changed.
  Observer(const kube::ClientFactory& factory, std::string installation, const kube::Discovery& discovery,
           std::function<void()> on_change, const Log& log, ObserverSettings settings = {});
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// False when some list has not been taken in by then.
  bool wait_synced(std::chrono::milliseconds patience) const;
  /// kUnavailable, with what is missing, before everything has been listed once. Later a watch that fails is
  /// told in the picture, which goes on showing what was last heard.
  Result<planning::Observed> observe() const;

  /// The version of an object that the watch shows now, "" when it shows none. Asked before a write.
  std::string version_seen(const planning::ObservedKey& key) const;
  /// An object as the API answered our own write. It stands in for the watch as long as that still shows what
  /// it showed before the write (`seen_before`), so that the next plan does not write the same again. Not
  /// longer: by the time of the answer the watch may be past our write and show what others made of it, and
  /// versions tell only same from other. Safe from any thread.
  void note_written(const kubeschema::Resource& kind, const json::value& object,
                    const std::string& seen_before);
  /// The same for a deletion: `gone` when the API has no such object any more, else it is on its way. Without
  /// it a watch that lags would have the same thing deleted in cycle after cycle.
  void note_removed(const kubeschema::Resource& kind, const std::string& namespace_name,
                    const std::string& name, bool gone);

 private:
  struct Watched;
  struct Written;
  struct PodCache;

  std::map<planning::ObservedKey, std::shared_ptr<const json::value>> objects_now() const;
  void watch_said(const kube::ClientFactory& factory, const Log& log);
  void hear(const std::string& namespace_name);
  void forget(const std::string& plural, const json::value& deleted);
  std::shared_ptr<const json::value> watched_now(const planning::ObservedKey& key) const;
  std::optional<std::string> why_unheard(const Watched& watched) const;
  void tell_trouble(planning::Observed& observed) const;

  bool caught_up_since(const Written& written, const std::string& plural) const;

  const ObserverSettings settings_;
  std::string installation_;
  std::string mutating_policy_version_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_;  // guards written_
  mutable std::map<planning::ObservedKey, Written> written_;
  std::unique_ptr<PodCache> pods_;
  std::mutex said_mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> heard_;  // by namespace, of the last second
  /// What workspaces say. No cycle waits for it: what its tenants make of it, or rights that an admin has not
  /// yet given, hold up nothing.
  std::unique_ptr<Watched> said_;
  /// Volumes of kept homes; likewise: an installation of before has no right to see volumes.
  std::unique_ptr<Watched> volumes_;
  std::vector<std::unique_ptr<Watched>> watched_;  // last: stopped first, before what their callbacks touch
};

}  // namespace berth::reconciler
