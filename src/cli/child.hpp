// Another program, run to its end at this one's terminal.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::cli {

enum class Heard { kAll, kErrors };  // of what it says: kErrors keeps its standard output to itself

/// Its exit status; 128 and the signal's number where one ended it. kNotFound where there is no such program.
Result<int> run_child(const std::vector<std::string>& words, Heard heard = Heard::kAll);

}  // namespace berth::cli
