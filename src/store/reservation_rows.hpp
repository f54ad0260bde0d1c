// Reservations as rows, for the files of this folder.
#pragma once

#include <optional>
#include <vector>

#include "store/reservations.hpp"

namespace berth::store {

/// From the columns of berth.reservation by their own names. Slug kNewerVersion as `known` has it.
Result<model::Reservation> read_reservation(const pg::Row& row);

struct ReservationRow {
  model::ReservationId id;
  model::UserId owner;  // whose it is can be read in any case, and so who may see it
  std::optional<model::TeamId> team;
  Result<ReservationView> view;
};
/// As a part of a larger batch: where its answer will be, nothing where nothing is asked for.
std::optional<std::size_t> add_views(pg::Batch& batch, const std::vector<model::ReservationId>& ids);
std::vector<ReservationRow> read_rows(const pg::Rows& rows);
/// Those of `ids` that are there, newest first, whoever asks.
Result<std::vector<ReservationRow>> load_rows(pg::Connection& connection,
                                              const std::vector<model::ReservationId>& ids);
/// One that is there, whoever asks; kNotFound as load_reservation when it is not.
Result<ReservationView> load_view(pg::Connection& connection, const model::ReservationId& id);

tl::unexpected<Error> no_reservation();

}  // namespace berth::store
