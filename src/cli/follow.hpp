// A reservation and the steps of its session, until nothing is on its way any more.
#pragma once

#include "cli/conversation.hpp"

namespace berth::cli {

/// Shows `reservation` as it is and, unless `once`, as it becomes until its session is Ready or it is over.
/// On a terminal the steps move in place. The exit code.
int follow(Conversation& talk, json::value reservation, bool once);

}  // namespace berth::cli
