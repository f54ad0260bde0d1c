// The rows of a snapshot laid out for one question: for each node its lanes, and its load over time. The
// lanes are the units of the wanted class, and with them those of every class that may have to give way:
// classes with siblings of such a unit, their siblings' classes, and so on. Where no two layouts overlap that
// is the wanted class alone.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "booking/booking.hpp"
#include "booking/profile.hpp"

namespace berth::booking {

/// A holding with units among the lanes of its node.
struct Job {
  const Holding* holding = nullptr;
  std::vector<std::size_t> lanes;  // ascending; those it holds itself
  bool movable = false;
};

/// A stretch in which a lane is held by a job, or blocked by it: the job then holds a sibling.
struct Taken {
  Window during;
  Instant reach;  // the latest end of this stretch and all before it: lets a search find its first overlap
  std::size_t job = 0;
  bool by_sibling = false;
};

/// One unit.
struct Lane {
  model::UnitId unit;
  model::ClassId device_class;
  model::DeviceId device;
  model::PlacementRange placement;
  std::vector<std::size_t> siblings;      // lanes that exclude this one
  bool own = false;                       // held by the reservation that is being edited
  std::vector<Taken> taken;               // by start; others' holdings of it and of its siblings
  std::vector<Window> faults;             // blocked, out of service or retired; sorted and joined
  std::vector<Window> faults_for_wanted;  // the same, less what the reservation being edited bears already
  Instant before;                         // outside the extent: the nearest end on the left
  Instant after;                          // and the nearest start on the right
};

struct NodeCalendar {
  const model::Node* node = nullptr;
  std::vector<Lane> lanes;  // by unit id
  model::ClassId wanted_class;
  std::int64_t wanted_lanes = 0;  // how many are of it
  bool layouts = false;           // whether any two lanes are siblings
  std::vector<Job> jobs;
  Profile cpu;  // held by others
  Profile memory;
  Profile storage;
  /// Number of lanes of the wanted class that no move makes usable at an instant: at fault, held by another
  /// of the class (who holds one wherever it is moved to), or blocked by a sibling that stays where it is.
  Profile unavailable;
  Profile in_use;  // number of lanes of the wanted class that are not usable at an instant as things are
  /// Set when the reservation being edited has started here: its lanes, which it must keep.
  std::optional<std::vector<std::size_t>> pinned;
};

struct Calendar {
  std::vector<NodeCalendar> nodes;  // those that could hold the wanted reservation, in the pool's order
  const Holding* own = nullptr;     // of the reservation that is being edited
};

/// Lays out what overlaps `extent`; profiles and lanes are true inside it.
/// A unit that is blocked takes nobody new, nor do its siblings; one that is out of service or retired takes
/// nobody new, but who holds it may keep it as far as
/// the holding reaches already: an edit then never fails for a fault it does not make worse. A holding that
/// reaches outside what is known is never movable: what lies there cannot be seen.
Calendar make_calendar(const Snapshot& snapshot, const Wanted& wanted, Window extent);

/// Calls `visit(const Taken&)` for each stretch of `lane` that overlaps `window`.
template <typename Visit>
void each_overlapping(const Lane& lane, Window window, Visit visit) {
  auto at = std::partition_point(lane.taken.begin(), lane.taken.end(),
                                 [&](const Taken& taken) { return taken.reach <= window.start; });
  for (; at != lane.taken.end() && at->during.start < window.end; ++at) {
    if (at->during.overlaps(window)) visit(*at);
  }
}

/// Whether the lane belongs to the wanted class; the others are there because theirs may have to move.
bool is_wanted(const NodeCalendar& node, const Lane& lane);

/// Whether there are lanes of the class.
bool concerns(const NodeCalendar& node, model::ClassId device_class);

/// Whether `lane` is a sibling of any of `chosen`.
bool excluded(const Lane& lane, const std::vector<std::size_t>& chosen);

/// Whether any of `windows` (sorted and joined) overlaps `window`.
bool any_overlaps(const std::vector<Window>& windows, Window window);

/// Whether the wanted reservation could use the lane for all of `window` without anyone moving.
bool is_free(const Lane& lane, Window window);

/// Throws std::logic_error unless `window` lies in what is known: an answer without the rows would be a
/// guess.
void require_known(const Snapshot& snapshot, Window window);

}  // namespace berth::booking
