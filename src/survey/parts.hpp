// The two documents of what was found. Internal to survey.
#pragma once

#include "survey/lines.hpp"
#include "survey/survey.hpp"

namespace berth::survey {

void write_cluster(const Seen& seen, const Names& names, Lines& lines);
/// Of the nodes with GPUs; a comment where there is none.
void write_pool(const Seen& seen, const Names& names, Lines& lines);

/// The class that claims get which name none; empty: there is none.
std::string default_storage_class(const Seen& seen);

}  // namespace berth::survey
