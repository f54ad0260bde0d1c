// How many files and connections this process may have open.
#pragma once

#include <cstddef>

#include "base/log.hpp"

namespace berth::app {

/// Raises the soft limit to the hard one, as a server needs more than the shell's usual 1,024; says so in the
/// log. Returns the limit that holds from now on.
std::size_t raise_descriptor_limit(const Log& log);

/// How many clients' connections fit beside what the program itself has open: never more than `wanted`.
std::size_t connections_for(std::size_t descriptors, std::size_t wanted);

}  // namespace berth::app
