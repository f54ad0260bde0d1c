// What a connection is made from.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace berth::pg {

using Deadline = std::chrono::steady_clock::time_point;

struct Settings {
  /// A libpq connection string or URL. It may hold a password: it is never logged and never part of an error.
  std::string conninfo;
  /// Whole time to reach a server and be let in, over all its addresses. Name resolution is the system's own
  /// and has the system's limit.
  std::chrono::milliseconds connect_timeout{5'000};
  /// Deadline of one call: a statement, a script or a batch. Measured here, so it holds for a server that
  /// hangs too.
  std::chrono::milliseconds statement_timeout{10'000};
  /// What a late statement's server is given to answer the cancel request, before the connection is given up.
  std::chrono::milliseconds cancel_grace{2'000};
  /// The server ends a session that sits in an open transaction this long: a client that vanished without a
  /// word (power, network) must not hold its locks until TCP notices.
  std::chrono::milliseconds idle_in_transaction_timeout{60'000};
  /// Shown in pg_stat_activity, unless the connection string names one.
  std::string application_name = {};
};

/// A statement under a name. It is prepared on a connection when it is first used there. A name belongs to
/// one text.
struct Query {
  std::string_view name;
  std::string_view sql;
};

/// A name as SQL identifier, quoted. Throws Misuse when it holds a zero byte.
std::string quote_identifier(std::string_view name);

}  // namespace berth::pg
