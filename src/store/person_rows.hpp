// People as rows of berth.person, for the files of this folder.
#pragma once

#include "pg/pg.hpp"
#include "store/users.hpp"

namespace berth::store {

/// From the columns of berth.person by their own names. Slug kNewerVersion as `known` has it.
Result<User> read_user(const pg::Row& row);
Result<Person> read_person(const pg::Row& row);

}  // namespace berth::store
