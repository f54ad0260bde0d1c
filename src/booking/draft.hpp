// What is asked for, put together from the words of a request, or of an edit and what it changes. Nothing is
// judged here: the rules do that, on this.
#pragma once

#include <optional>
#include <string_view>

#include "booking/booking.hpp"

namespace berth::booking {

struct Draft {
  const model::Pool& pool;
  EditRequest asked;                           // a new booking asks for everything
  const model::Reservation* before = nullptr;  // what is edited; nothing: a new booking
  std::optional<OwnerFacts> owner;             // of a new booking
  Instant now;

  bool begun = false;  // what is edited has
  Instant start;
  std::optional<Instant> end;                        // nothing where what was asked for gives none
  const model::DeviceClass* device_class = nullptr;  // nothing where the pool has none of that name
  int units = 1;
  bool reshaped = false;  // class or number of units are others than before
  Load load;

  const model::Policy& policy() const { return pool.policy; }
  /// Empty, at the start, where there is no end.
  Window window() const { return {start, end.value_or(start)}; }
  /// The start was asked for and is another one.
  bool moves_start() const;
  bool moves_end() const;
  bool gives_load() const { return asked.cpu || asked.memory || asked.storage; }
  /// The field that made the window's length, where its faults go.
  std::string_view end_field() const;
};

Draft draft_of(const model::Pool& pool, const Request& request, const OwnerFacts& owner, Instant now);
/// `current` has a class that the pool knows.
Draft draft_of(const model::Pool& pool, const model::Reservation& current, const EditRequest& edit,
               Instant now);
/// What the draft comes to when no rule is against it.
Resolved resolved(const Draft& draft);

}  // namespace berth::booking
