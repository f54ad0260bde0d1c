#include "kube/informer.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "kube/silence.hpp"

namespace berth::kube {

namespace {

constexpr std::chrono::seconds kShortestWatch{1};

struct Change {
  ObjectPtr before;
  ObjectPtr after;
};

void trim(json::value& object, const InformerSettings& settings) {
  if (!object.is_object()) return;
  if (settings.drop_managed_fields) {
    auto* metadata = object.get_object().if_contains("metadata");
    if (metadata != nullptr && metadata->is_object()) metadata->get_object().erase("managedFields");
  }
  if (settings.cut_down) settings.cut_down(object);
}

}  // namespace

class Informer::Impl {
 public:
  Impl(const ClientFactory& factory, InformerSettings settings, OnChange on_change, Log log)
      : settings_(std::move(settings)),
        on_change_(std::move(on_change)),
        log_(std::move(log)),
        what_(settings_.resource.qualified_plural()),
        jitter_(make_jitter(settings_.jitter_seed)),
        thread_([this, factory](const std::stop_token& stop) { run(factory.client(stop), stop); }) {}

  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  ~Impl() { stop(); }

  bool synced() const {
    const std::scoped_lock lock(mutex_);
    return synced_;
  }

  bool wait_synced(std::chrono::milliseconds patience) const {
    std::unique_lock lock(mutex_);
    state_changed_.wait_for(lock, patience, [&] { return synced_ || ended_; });
    return synced_;
  }

  Snapshot snapshot() const {
    const std::scoped_lock lock(mutex_);
    return objects_;
  }

  ObjectPtr find(const ObjectKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }

  std::optional<std::chrono::milliseconds> age() const {
    const std::scoped_lock lock(mutex_);
    if (!last_heard_) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 *last_heard_);
  }

  std::optional<Error> trouble() const {
    const std::scoped_lock lock(mutex_);
    return trouble_;
  }

  bool hears_bookmarks() const {
    const std::scoped_lock lock(mutex_);
    return hears_bookmarks_;
  }

 private:
  void run(Client client, const std::stop_token& stop) {
    Backoff backoff(settings_.backoff, settings_.jitter_seed);
    std::string resource_version;  // empty: list first
    while (!stop.stop_requested()) {
      const auto returns = settings_.presence ? settings_.presence->returns() : 0;
      const auto done =
          resource_version.empty() ? relist(client, resource_version) : watch(client, resource_version);
      if (done) continue;
      const auto& error = done.error();
      if (stop.stop_requested() || is_stopped(error)) break;
      if (error.code == Code::kGone) {
        // Too old to go on from: only a list tells what was missed. No wait, unless it happens again and
        // again.
        log_.info("watch is too old, listing again", {{"resource", what_}, {"reason", error.message}});
        if (!std::exchange(resource_version, {}).empty() && !std::exchange(relisted_at_once_, true)) continue;
      } else if (error.slug == kSilentSlug && !std::exchange(resource_version, {}).empty()) {
        // Where nothing of a kind changes a server may send no bookmarks either: it sends none that is not
        // newer than what the watch began with, and only etcd's progress notices, which not everybody has
        // on, make it newer. A list tells a quiet watch from a dead one, at once.
        log_.debug("a watch was silent, listing again", {{"resource", what_}});
        after_silence_ = true;
        continue;
      } else {
        log_.warning("watch or list failed", {{"resource", what_}, {"reason", error.message}});
        set_trouble(error);
        // A break of the connection (no reason of the API's) goes on from where it was; after anything else
        // the list decides. So after silence: nobody knows since when nothing came through, and a list is
        // heard at once, where a watch without news is heard with its next bookmark.
        if (!error.slug.empty() || error.code != Code::kUnavailable) {
          resource_version.clear();
        }
      }
      const auto rested = rest(backoff, error, returns, stop);
      if (rested == Presence::Slept::kStopped) break;
      // A list is heard at once; a watch that goes on is heard with its next bookmark, and until then nothing
      // would be started on what it shows.
      if (rested == Presence::Slept::kReturned) resource_version.clear();
    }
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    state_changed_.notify_all();
  }

  Presence::Slept rest(Backoff& backoff, const Error& error, std::uint64_t returns,
                       const std::stop_token& stop) {
    const auto wait = backoff.next(std::chrono::steady_clock::now());
    if (!settings_.presence) return sleep_for(wait, stop) ? Presence::Slept::kAll : Presence::Slept::kStopped;
    if (is_unanswered(error)) settings_.presence->lost();
    const auto slept = settings_.presence->sleep_for(wait, returns, stop);
    if (slept == Presence::Slept::kReturned) backoff.reset();
    return slept;
  }

  Status relist(Client& client, std::string& resource_version) {
    auto list =
        client.list(settings_.resource, {.ns = settings_.ns,
                                         .label_selector = settings_.label_selector,
                                         .field_selector = settings_.field_selector,
                                         .each = [this](json::value& item) { trim(item, settings_); }});
    if (!list) return fail(list.error());
    Snapshot fresh;
    for (auto& item : list->items) {
      auto key = key_of(item);
      fresh.emplace(std::move(key), std::make_shared<const json::value>(std::move(item)));
    }
    const auto changes = take_over(std::move(fresh));
    if (std::exchange(after_silence_, false) && !changes.empty()) {
      log_.warning("a silent watch had missed changes: its connection was dead",
                   {{"resource", what_}, {"changes", changes.size()}});
    }
    for (const auto& change : changes) tell(change);
    {
      const std::scoped_lock lock(mutex_);
      synced_ = true;
    }
    state_changed_.notify_all();
    resource_version = list->resource_version;
    if (resource_version.empty())
      return fail(Code::kMalformed, "list " + what_ + ": the answer has no resource version");
    return {};
  }

  /// Puts `fresh` in place of what is kept and says what that changed.
  std::vector<Change> take_over(Snapshot fresh) {
    std::vector<Change> changes;
    const std::scoped_lock lock(mutex_);
    for (auto& [key, object] : fresh) {
      const auto known = objects_.find(key);
      if (known == objects_.end()) {
        changes.push_back({.before = nullptr, .after = object});
      } else if (resource_version_of(*known->second) == resource_version_of(*object)) {
        object = known->second;
      } else if (uid_of(*known->second) != uid_of(*object)) {
        changes.push_back(
            {.before = known->second, .after = nullptr});  // replaced by another of the same name
        changes.push_back({.before = nullptr, .after = object});
      } else {
        changes.push_back({.before = known->second, .after = object});
      }
    }
    for (const auto& [key, object] : objects_) {
      if (!fresh.contains(key)) changes.push_back({.before = object, .after = nullptr});
    }
    objects_ = std::move(fresh);
    hear();
    return changes;
  }

  Status watch(Client& client, std::string& resource_version) {
    const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(
        jittered(std::chrono::milliseconds(settings_.watch_timeout), 1.0, jitter_));
    bool told_something = false;
    const auto began = std::chrono::steady_clock::now();
    auto end = client.watch(settings_.resource,
                            {.ns = settings_.ns,
                             .label_selector = settings_.label_selector,
                             .field_selector = settings_.field_selector,
                             .resource_version = resource_version,
                             .timeout = timeout,
                             .bookmark_patience = settings_.bookmark_patience,
                             .hears_bookmarks = hears_bookmarks()},
                            [&](WatchEvent event) {
                              told_something = true;
                              auto newest = resource_version_of(event.object);
                              take_in(std::move(event));
                              if (!newest.empty()) resource_version = std::move(newest);
                              return true;
                            });
    if (end && !told_something && std::chrono::steady_clock::now() - began < kShortestWatch) {
      // Going on at once would spin against whatever ends streams as soon as they begin.
      return fail(Code::kUnavailable, "watch " + what_ + ": the stream ended at once, without an event");
    }
    if (end) {
      // The server's own end of it is a sign of life too: where nothing happens and no bookmarks come, the
      // only one.
      const std::scoped_lock lock(mutex_);
      hear();
    }
    return end;
  }

  void take_in(WatchEvent event) {
    relisted_at_once_ = false;
    Change change;
    {
      const std::scoped_lock lock(mutex_);
      hear();
      if (event.type == EventType::kBookmark) {
        hears_bookmarks_ = true;
        return;
      }
      trim(event.object, settings_);
      auto key = key_of(event.object);
      const auto known = objects_.find(key);
      if (known != objects_.end()) change.before = known->second;
      if (event.type == EventType::kDeleted) {
        if (known == objects_.end()) return;
        objects_.erase(known);
      } else {
        change.after = std::make_shared<const json::value>(std::move(event.object));
        objects_[std::move(key)] = change.after;
      }
    }
    tell(change);
  }

  void tell(const Change& change) const {
    if (on_change_) on_change_(change.before, change.after);
  }

  /// With the lock held.
  void hear() {
    last_heard_ = std::chrono::steady_clock::now();
    trouble_.reset();
  }

  void set_trouble(const Error& error) {
    const std::scoped_lock lock(mutex_);
    trouble_ = error;
  }

  const InformerSettings settings_;
  const OnChange on_change_;
  const Log log_;
  const std::string what_;
  Jitter jitter_;  // the thread's own, as are these three
  bool relisted_at_once_ = false;
  bool after_silence_ = false;

  mutable std::mutex mutex_;  // guards what follows; never held while calling out
  mutable std::condition_variable state_changed_;
  Snapshot objects_;
  std::optional<SteadyTime> last_heard_;
  std::optional<Error> trouble_;
  bool synced_ = false;
  bool ended_ = false;
  bool hears_bookmarks_ = false;

  std::jthread thread_;  // last: it uses all of the above from its first moment
};

Informer::Informer(const ClientFactory& factory, InformerSettings settings, OnChange on_change, Log log)
    : impl_(std::make_unique<Impl>(factory, std::move(settings), std::move(on_change), std::move(log))) {}
Informer::~Informer() = default;

bool Informer::synced() const {
  return impl_->synced();
}
bool Informer::wait_synced(std::chrono::milliseconds patience) const {
  return impl_->wait_synced(patience);
}
Snapshot Informer::snapshot() const {
  return impl_->snapshot();
}
ObjectPtr Informer::find(const ObjectKey& key) const {
  return impl_->find(key);
}
std::optional<std::chrono::milliseconds> Informer::age() const {
  return impl_->age();
}
std::optional<Error> Informer::trouble() const {
  return impl_->trouble();
}
bool Informer::hears_bookmarks() const {
  return impl_->hears_bookmarks();
}
void Informer::stop() {
  impl_->stop();
}

}  // namespace berth::kube
