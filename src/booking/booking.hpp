// The booking decision: functions from values to values. No clock, no database, no locks. The same functions
// answer a booking, an edit, "next free slot", alternatives and availability.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"
#include "base/result.hpp"
#include "model/pool.hpp"
#include "model/reservation.hpp"

namespace berth::booking {

/// A live reservation's hold on one node for a time, as the database has it: its units and its load.
struct Holding {
  model::ReservationId reservation;
  model::NodeId node;
  model::ClassId device_class;
  std::vector<model::UnitId> units;
  Window during;  // its claims' range; cut short when its session was gone early
  Load load;
  bool movable = false;  // not started: its units may be swapped for others of the class on the node
  bool operator==(const Holding&) const = default;
};

/// A unit that cannot be used for a time, and with it its siblings: lingering pods keep the device.
struct Blocked {
  model::UnitId unit;
  Window during;
  bool operator==(const Blocked&) const = default;
};

/// The pool's rows that a decision looks at. `holdings` has everything that overlaps `known`, by start, then
/// reservation; outside it nothing is known, and a question that reaches outside is a fault of the caller.
struct Snapshot {
  model::Pool pool;
  std::vector<Holding> holdings;
  std::vector<Blocked> blocked;
  Window known;
  bool operator==(const Snapshot&) const = default;
};

/// What someone wants. `replaces` is the reservation being edited: its own holding does not count against it,
/// and its node and units are kept where they can be.
struct Wanted {
  model::ClassId device_class;
  int units = 1;
  Window window;
  Load load;
  std::optional<model::ReservationId> replaces;
};

/// Another reservation's units, swapped so that this one fits.
struct Move {
  model::ReservationId reservation;
  std::vector<model::UnitId> units;  // all its units after the move, as many as before
  bool operator==(const Move&) const = default;
};

struct Placement {
  model::NodeId node;
  std::vector<model::UnitId> units;
  std::vector<Move> moves;  // applied together with the booking, in one statement
  bool operator==(const Placement&) const = default;
};

/// The first thing that stands in the way on the node where least does. Amounts: units, thousandths of a
/// core, GiB.
struct Shortage {
  enum class Resource { kUnits, kCpu, kMemory, kStorage };
  Resource resource = Resource::kUnits;
  std::int64_t needed = 0;
  std::int64_t free = 0;  // at the instant `at`, the tightest of the window
  Instant at;
  bool operator==(const Shortage&) const = default;
};
std::string_view to_string(Shortage::Resource resource);  // "units", "cpu", "memory_gib", "storage_gib"

using Verdict = std::variant<Placement, Shortage>;

/// Admission: units free for the whole window on one node, none of them blocked by a sibling, rearranging
/// movable holdings there when that makes room (exact on one node; a search of at most 20,000 steps where
/// something fixed lies in the middle or layouts overlap), each within its class, and the node's peak CPU,
/// memory and storage within what is bookable. Prefers units that block the fewest siblings, then those that
/// leave the fewest holes (best fit), then the lowest unit id; moves as little as it can.
Verdict place(const Snapshot& snapshot, const Wanted& wanted);

/// What would be read once `placement`, which place() gave for `wanted` on this snapshot, is written as
/// `reservation` and nothing else happened: the next one can be decided on it. `now` as when the snapshot was
/// read.
Snapshot applied(Snapshot snapshot, const Wanted& wanted, const Placement& placement,
                 const model::ReservationId& reservation, Instant now);

/// Whether a snapshot that reaches further at its end may place what this one refuses. Only on a node that
/// has the load and the number of units at every instant of the window, whoever holds which: without that no
/// rearrangement helps. And only when a holding there that might move reaches out of what is known: otherwise
/// all that could move is known whole, and what begins later is in nobody's way.
bool further_may_help(const Snapshot& snapshot, const Wanted& wanted);

/// The earliest start at or after `from`, on the pool's step grid, at which a window as long as
/// `wanted.window` is admitted, if any ends by `snapshot.known.end`.
std::optional<Instant> next_free_start(const Snapshot& snapshot, const Wanted& wanted, Instant from);

/// Something that fits instead. Checked: `place` admits it on the same snapshot.
struct Alternative {
  enum class Kind { kLater, kOtherClass };
  Kind kind = Kind::kLater;
  Wanted wanted;
};

/// At most one later start of the same shape, then the same time with each other class that fits. A later one
/// is as long as was `asked` for, where the window is that only rounded up from a now between two steps. For
/// another class CPU, memory and storage are those asked for when `explicit_load`, else the class's defaults
/// times units.
std::vector<Alternative> alternatives(const Snapshot& snapshot, const Wanted& wanted, bool explicit_load,
                                      Instant now, std::optional<minutes> asked = {});

/// How much of something is free over a stretch of time. free + reserved + blocked + out_of_service = total.
/// Blocked is what a claim or hold of a sibling keeps from being used; only units are. (Free units of one
/// class may be siblings of each other: then not all of them can be taken.)
struct Segment {
  Window during;
  std::int64_t free = 0;
  std::int64_t reserved = 0;
  std::int64_t out_of_service = 0;
  std::int64_t blocked = 0;
  bool operator==(const Segment&) const = default;
};
struct Series {
  std::int64_t total = 0;
  std::vector<Segment> segments;  // without gap, equal neighbours joined
};
struct ClassSeries {
  model::ClassId device_class;
  Series series;
};
struct Availability {
  std::vector<ClassSeries> classes;  // in the pool's order, without retired ones
  Series cpu;                        // thousandths of a core; totals are what is bookable
  Series memory;
  Series storage;
};
Availability availability(const Snapshot& snapshot, Window range);

/// Times by place in Pool::units.
using TimesOfUnits = std::vector<std::vector<Window>>;

/// When units are blocked, sorted and joined: a sibling is kept by a claim or hold, and they are not
/// themselves.
TimesOfUnits blocked_times(const model::Pool& pool, TimesOfUnits kept);

// --- Policy: rules as data, each with its sentence ---

/// When a booking starts: at a time, or now, which is when it is decided, by the database's clock.
struct Now {
  bool operator==(const Now&) const = default;
};
using Start = std::variant<Now, Instant>;

/// The request after parsing: words of the model, capacity numbers from the pool, never from the client.
struct Request {
  std::string pool;
  std::string device_class;
  int units = 1;
  Start start;
  std::optional<Instant> end;  // exactly one of end and duration
  std::optional<minutes> duration;
  std::optional<CpuMilli> cpu;
  std::optional<Gib> memory;
  std::optional<Gib> storage;
  model::Mode mode = model::Mode::kInteractiveMl;
  std::string name;
};

/// What the owner holds already, for rules that count; what is past its end is held no more.
struct OwnerFacts {
  int live_reservations = 0;
};

/// A request made concrete: window on the step grid (a start of "now" is `now` itself, the end is rounded up
/// to a step), load filled from the class's defaults times units.
struct Resolved {
  Wanted wanted;
  std::optional<minutes> duration =
      {};  // where the end was asked for by it: the window may be longer, by rounding
  bool explicit_load = false;
  model::Mode mode = model::Mode::kInteractiveMl;
  std::string name;
};

/// Turns a request into what is wanted, or says which fields are at fault (kInvalid; several at once where
/// possible). The rules are a list, in rules.cpp, each with its sentence; every FieldError carries value,
/// limit and a sentence that is shown as it is ("Start is in the past. Earliest: 2026-11-24T14:30:00Z.").
Result<Resolved> resolve(const model::Pool& pool, const Request& request, const OwnerFacts& owner,
                         Instant now);

/// What of a reservation is to change; what is left out stays. A start alone keeps the end.
struct EditRequest {
  std::optional<std::string> device_class = {};
  std::optional<int> units = {};
  std::optional<Start> start = {};
  std::optional<Instant> end = {};  // at most one of end and duration
  std::optional<minutes> duration = {};
  std::optional<CpuMilli> cpu = {};
  std::optional<Gib> memory = {};
  std::optional<Gib> storage = {};
  std::optional<model::Mode> mode = {};
  std::optional<std::string> name = {};
};

/// Turns an edit into what is wanted instead (`wanted.replaces` is the reservation), or says which fields are
/// at fault. Rules hold for what changes only: a reservation made under older rules may still be renamed.
/// Another class or number of units brings its default load, save where the load is given. Once started only
/// `name`, `end` and `duration` may change, and the end not to before `now`; a field given with the value it
/// has is no change. A reservation that is over or ending is kConflict, "reservation_over"; one that has
/// begun is over at its end, although its session is still there.
Result<Resolved> resolve_edit(const model::Pool& pool, const model::Reservation& current,
                              const EditRequest& edit, Instant now);

inline constexpr std::size_t kMaxNameCharacters = 100;

}  // namespace berth::booking
