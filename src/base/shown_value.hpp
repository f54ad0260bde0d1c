// A JSON value from outside as an error shows it.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth {

/// Short, texts without their quotes. What may be as large as the whole document is only named ("a list").
std::string shown_value(const json::value& value);

}  // namespace berth
