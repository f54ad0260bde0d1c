// Sessions and their steps as rows, for the files of this folder.
#pragma once

#include <vector>

#include "model/reservation.hpp"
#include "pg/pg.hpp"

namespace berth::store {

/// From the columns of berth.step by their own names. Slug kNewerVersion as `known` has it.
Result<model::Step> read_step(const pg::Row& row);

/// From the columns of berth.session by their own names, with its steps in their order.
Result<model::Session> read_session(const pg::Row& row, std::vector<model::Step> steps);

}  // namespace berth::store
