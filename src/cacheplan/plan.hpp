// What a node's daemon does next: what to ask a server about, what to fetch, what to remove for it, and what
// does not fit. Pure: effects are src/cache's.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cacheplan/wanted.hpp"

namespace berth::cacheplan {

struct Disk {
  std::int64_t bytes = 0;
  std::int64_t free = 0;
  bool operator==(const Disk&) const = default;
};

/// In percent of the disk: nothing is fetched beyond the high one, and what makes room goes down to the low
/// one.
struct Marks {
  int high = 85;
  int low = 75;
};

/// A model's folder as it lies on the disk.
struct Held {
  std::string folder;         // "models--owner--name"
  std::int64_t bytes = 0;     // of files that a snapshot shows
  std::int64_t arriving = 0;  // of those that none shows yet, as far as they are there
  Instant used_at;            // when one of its revisions was last published
  /// By revision and, for each snapshot, by its own name: those that a client finds.
  std::map<std::string, std::string> commits{};
};

/// What a server said of a source last.
struct Told {
  std::string commit;
  std::int64_t bytes = 0;
  Instant at;
};

/// What was tried and came to nothing.
struct Failure {
  std::string reason;
  int times = 1;  // in a row
  Instant at;
};

/// The commit that a folder's latest fetch brings, and what lay there unfinished before it began.
struct Begun {
  std::string commit;
  std::int64_t arrived_before = 0;
};

/// What the daemon remembers of artifacts, and by their folders of what lies on the disk.
struct Memory {
  std::map<ArtifactId, Told> told{};
  std::map<ArtifactId, Failure> failures{};
  std::map<ArtifactId, Instant> evicted{};
  std::map<std::string, Begun> begun{};
  std::map<std::string, Failure> stuck{};  // could not be removed
};

struct Situation {
  std::vector<Wanted> wanted;  // in order
  std::vector<Held> held;
  Memory memory;
  Disk disk;
  Marks marks{};
  Instant now;
};

/// A server is asked again whether a branch has moved.
inline constexpr hours kAskAgain{6};
/// After a failure: a minute, then twice as long each time, up to this.
inline constexpr minutes kLongestPause{60};
/// A folder that could not be removed is left alone so long.
inline constexpr minutes kStuckPause{10};
Duration pause_after(int failures);

struct Ask {
  ArtifactId artifact;
  bool operator==(const Ask&) const = default;
};
struct Fetch {
  ArtifactId artifact;
  bool operator==(const Fetch&) const = default;
};
struct Evict {
  std::string folder;
  std::int64_t bytes = 0;
  std::vector<ArtifactId> artifacts{};  // of the catalogue, that lie in it
  std::string reason;
  bool operator==(const Evict&) const = default;
};

struct Plan {
  std::vector<Evict> evictions{};  // first, in this order
  std::optional<Ask> ask{};        // one of the two, or none
  std::optional<Fetch> fetch{};
  std::map<ArtifactId, std::string> refused{};  // what is not fetched, and why, with the numbers
};

Plan plan(const Situation& situation);

/// What is fetched or asked for now.
struct Running {
  ArtifactId artifact;
  bool fetches = false;
};
/// Whether it is to end before it is done: nobody wants it, another is needed earlier, or what is fetched has
/// no room any more.
bool ends_early(const Situation& situation, const Plan& plan, const Running& running);

/// Whether what is being fetched gives way to `next`: only to what a booking needs earlier.
bool gives_way(std::span<const Wanted> wanted, const ArtifactId& current, const ArtifactId& next);

/// The folder that a model's source lies in; empty for what is none.
std::string folder_of(const Artifact& artifact);
/// The commit of it that a client finds in `held`; empty where there is none.
std::string commit_held(const Artifact& artifact, std::span<const Held> held);
/// The commit that is wanted: the catalogue's, else what the server said last; empty before it was asked.
std::string commit_wanted(const Artifact& artifact, const Memory& memory);

}  // namespace berth::cacheplan
