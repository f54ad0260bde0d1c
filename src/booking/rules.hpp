// The rules of a booking, as a list. Booking and editing use the same one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/field_errors.hpp"
#include "booking/draft.hpp"

namespace berth::booking {

/// What a rule is about. Of one topic the first fault is told, since the others follow from it.
enum class Topic {
  kStart,
  kEnd,
  kWindow,  // start and end, one before the other
  kLength,
  kHorizon,
  kClass,
  kUnits,
  kCpu,
  kMemory,
  kStorage,
  kMode,
  kName,
  kOwner,
};

/// What is wrong with the draft, if anything: the field, the value that came, the limit, and a sentence that
/// is shown as it is.
using Check = std::optional<FieldError> (*)(const Draft&);

struct Rule {
  std::string_view name;  // "start_on_step"
  std::string_view says;  // "A start is on a step of the pool."
  Topic topic;
  /// Without one of these being in order the question makes no sense, and is not asked.
  std::span<const Topic> needs;
  Check broken;
};

/// All of them, in the order in which they are looked at and told.
std::span<const Rule> rules();

/// What the rules have against a draft, each topic once.
FieldErrors faults_of(const Draft& draft);

/// Whether a new booking may have this window.
bool allowed_by_policy(const model::Pool& pool, Window window, Instant now);

// --- What several of them need ---

/// "24 h", "1 h 30 min", "30 days"; seconds only where there are some.
std::string in_words(seconds length);
/// "168 h": for what is counted in hours, on a day of 23 or 25 too.
std::string in_hours(seconds length);

/// The load of so many units.
Load times(const Load& one_unit, int units);

/// The first start that the policy allows from `now` on.
Instant earliest_start(const model::Policy& policy, Instant now);

bool on_step(const model::Policy& policy, Instant at);

/// The longest booking in whole minutes; of an edit also what it is as long as already.
minutes::rep most_minutes(const Draft& draft);

}  // namespace berth::booking
