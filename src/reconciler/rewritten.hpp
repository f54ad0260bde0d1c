// Objects that the cluster keeps otherwise than they were sent, or that may not be written, and when each may
// be sent again.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "planning/planning.hpp"

namespace berth::reconciler {

/// The slugs of the failures that an apply then is. Of an object that all installations share, which not
/// every reconciler may write: it is not there, or not as wanted.
inline constexpr std::string_view kKeptOtherwise = "kept_otherwise";
inline constexpr std::string_view kSharedMissing = "shared_object_missing";
inline constexpr std::string_view kSharedDiffers = "shared_object_differs";
/// It may be written, and stays otherwise all the same.
inline constexpr std::string_view kSharedKept = "shared_object_kept";
/// The same two of one that does not fence as it is.
inline constexpr std::string_view kSharedOpen = "shared_object_open";
inline constexpr std::string_view kSharedKeptOpen = "shared_object_kept_open";

/// For objects whose apply no step counts. Each such write may be an event of the watch, which has the next
/// cycle begin at once: without a wait of its own, two that write against each other would never rest.
/// Used by all workers.
class Rewritten {
 public:
  /// The failure of its last try, while the next one is not due.
  std::optional<Error> waiting(const planning::ObservedKey& key, Instant now) const {
    const std::lock_guard lock(mutex_);
    const auto found = tries_.find(key);
    if (found == tries_.end() || now >= found->second.next_at) return std::nullopt;
    return found->second.error;
  }

  void tried(const planning::ObservedKey& key, Instant now, const Status& done) {
    const std::lock_guard lock(mutex_);
    if (done) {
      tries_.erase(key);
      return;
    }
    if (!is_up_to_others(done.error())) return;
    // Those of sessions that are gone are never asked for again. Forgetting costs a write too many.
    if (tries_.size() >= kMost) tries_.clear();
    auto& known = tries_[key];
    known.next_at = now + planning::retry_delay(known.count++);
    known.error = done.error();
  }

 private:
  static bool is_up_to_others(const Error& error) {
    return error.slug == kKeptOtherwise || error.slug == kSharedMissing || error.slug == kSharedDiffers ||
           error.slug == kSharedKept || error.slug == kSharedOpen || error.slug == kSharedKeptOpen;
  }

  static constexpr std::size_t kMost = 1'000;  // objects

  struct Tries {
    int count = 0;
    Instant next_at{};
    Error error;
  };

  mutable std::mutex mutex_;
  std::map<planning::ObservedKey, Tries> tries_;
};

}  // namespace berth::reconciler
