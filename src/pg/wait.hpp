// Waiting on a socket, never without a deadline. Internal to this module.
#pragma once

#include "pg/settings.hpp"

namespace berth::pg {

enum class Waited { kReady, kDeadline, kWoken, kFailed };

/// Until `socket` can be read or written as asked, `wake` (a descriptor, or -1) can be read, or the deadline
/// is there.
Waited wait_for(int socket, bool read, bool write, int wake, Deadline deadline);

/// Until `wake` can be read (kWoken), or the deadline.
Waited wait_for_wake(int wake, Deadline deadline);

}  // namespace berth::pg
