// Errors out of libpq's results, with nothing in them that may be secret. Internal to this module.
#pragma once

#include <string_view>

#include "base/error.hpp"

struct pg_result;

namespace berth::pg {

/// The error that `result` holds. `label`: which statement it was.
Error error_of(std::string_view label, const pg_result* result);

}  // namespace berth::pg
