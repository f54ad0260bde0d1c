// Reading reservations. Whoever may not see one is told that it is not there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/permissions.hpp"
#include "model/reservation.hpp"
#include "pg/pg.hpp"
#include "store/newer_version.hpp"
#include "store/page.hpp"

namespace berth::store {

/// A reservation with the names that people know its parts by.
struct ReservationView {
  model::Reservation reservation;
  std::string pool_name;
  std::string class_name;
  std::string owner_email;
  std::string owner_name;
  std::optional<std::string> team_name;
  std::string node_name;
  std::vector<std::string> unit_names;  // by unit id
  std::optional<Window> held;  // what its claims span, as booked or cut short; empty once they were given up
  std::optional<model::SessionPhase> phase;  // of the newest session
  std::string newer;  // why the phase of a session that is there is not known; mostly empty
};

/// kNotFound (slug "reservation_not_found") when there is none or the viewer may not see it; kUnavailable
/// (slug kNewerVersion) when it is in words that this version does not know.
Result<ReservationView> load_reservation(pg::Connection& connection, const model::Viewer& viewer,
                                         const model::ReservationId& id);

/// By when it was booked, or by its start.
enum class ReservationSort { kNewest, kSoonest, kLatest };
std::optional<ReservationSort> parse_reservation_sort(
    std::string_view text);  // "-created", "start", "-start"

struct ReservationFilter {
  std::vector<model::ReservationState> states;  // empty: all
  std::string pool;                             // empty: all
  bool mine = false;
  ReservationSort sort = ReservationSort::kNewest;
  /// Part of the name, the reason, the owner's address, the team, the class's name or title or the pool, in
  /// small or large letters, or the beginning of the id; empty: all.
  std::string text{};
  std::string device_class{};  // its name; empty: all
  /// So many are looked at for one page: one that finds little says where the next begins.
  int most_searched = 5'000;
};

struct ReservationList {
  Page<ReservationView> page;
  std::vector<Unreadable> unreadable;  // would be on this page
};

/// What the viewer may see. A cursor is good for the sort that gave it.
Result<ReservationList> list_reservations(pg::Connection& connection, const model::Viewer& viewer,
                                          const ReservationFilter& filter, const PageRequest& request);

}  // namespace berth::store
