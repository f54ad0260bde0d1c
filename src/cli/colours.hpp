// Colours for whoever reads at a terminal.
#pragma once

#include <string>
#include <string_view>

namespace berth::cli {

/// Standard output is a terminal that knows them, and NO_COLOR is not set (https://no-color.org).
bool colours_wanted();

/// The states of reservations in a text in colours, where they stand by themselves as a cell of a table or
/// a value; `wanted` false gives the text as it is.
std::string coloured(std::string_view text, bool wanted);

}  // namespace berth::cli
