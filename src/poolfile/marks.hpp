// What `berth discover` marked for an admin to say, and nobody has gone over yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::poolfile {

/// In the comment of a value that the cluster did not tell.
inline constexpr std::string_view kNotKnown = "NOT KNOWN";

/// The numbers of the lines, from 1, whose comment says so.
std::vector<int> marked_lines(std::string_view text);

/// A sentence for who uses such a file as it is; empty where no line is marked.
std::string marks_text(std::string_view text, std::string_view file);

}  // namespace berth::poolfile
