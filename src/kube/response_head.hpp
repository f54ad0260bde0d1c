// The lines of an answer's head that matter here.
#pragma once

#include <string_view>

#include "kube/transport.hpp"

namespace berth::kube {

/// Takes one line, with or without its end. A status line starts over: of several heads (100 Continue) the
/// last counts.
void read_header_line(std::string_view line, HttpResponse& response);

}  // namespace berth::kube
