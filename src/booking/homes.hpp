// What will be there of a person's files when a reservation begins, and what becomes of them at its end: for
// people to read, before. Nothing is booked or refused by it, and what happens is the database's to decide.
#pragma once

#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"
#include "model/ids.hpp"
#include "model/pool.hpp"

namespace berth::booking {

/// A home volume that outlives its session, of one owner and pool.
struct KeptHome {
  Gib size;
  std::optional<Instant> kept_at;  // when a session last left it
  std::optional<Instant> kept_until;
  model::ReservationId reservation;  // whose session has it, or had it last
  bool in_use = false;
};

/// One that is booked or running, of the same owner and pool, or the one that is asked about.
struct HomeUser {
  model::ReservationId reservation;
  Window window;
  Gib storage;  // of all of it
  Gib home;     // of a new one
  Gib model_cache;
};

struct HomeFacts {
  model::HomeRule rule;
  std::vector<KeptHome> homes;
  std::vector<HomeUser> live;
  Instant now{};
};

struct HomeForecast {
  /// The files that are there at its beginning: as they were left then, and how large their volume is.
  struct Files {
    Instant of;
    Gib size;
    bool operator==(const Files&) const = default;
  };
  std::optional<Files> files;  // nothing: it begins with none
  enum class After { kKept, kNotByPolicy, kTooLarge } after = After::kNotByPolicy;
  std::optional<Instant> kept_until;  // if it is kept
  std::optional<Instant> replaces;    // the files of then are deleted for it: more than the pool's count
  bool operator==(const HomeForecast&) const = default;
};

/// Plays what is booked through in its order: each begins with the newest home that is not past and that
/// nobody has, and leaves it behind. `asked` takes the place of the reservation of its id.
HomeForecast forecast_home(const HomeFacts& facts, const HomeUser& asked);

/// Of one that is over: until when the home that it had last is kept, if it is.
std::optional<Instant> home_left_by(const HomeFacts& facts, const model::ReservationId& reservation);

}  // namespace berth::booking
