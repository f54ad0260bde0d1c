// Asking the server to cancel what a connection runs. Internal to this module.
#pragma once

#include <future>

#include "pg/settings.hpp"

struct pg_conn;

namespace berth::pg {

/// A cancel request under way. libpq 15 can only send one by blocking, without a limit, until the postmaster
/// closes the extra connection; a stopped postmaster never does. So it runs on a thread of its own that is
/// left behind then: it ends when the postmaster goes on or goes away, and there is at most one for each
/// connection given up.
class Cancel {
 public:
  explicit Cancel(pg_conn* connection);
  /// True once the request was delivered. Until then the connection may not be used again: a late request
  /// would hit the next statement.
  bool delivered_by(Deadline deadline);

 private:
  std::future<bool> delivered_;
};

}  // namespace berth::pg
