// One open connection to a server: sends, waits with a deadline, reads. Internal to this module; everything
// that talks to libpq's connection is here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pg/notification.hpp"
#include "pg/rows.hpp"
#include "pg/settings.hpp"

struct pg_conn;

namespace berth::pg {

struct ConnDeleter {
  void operator()(pg_conn* connection) const;
};

/// A statement that is prepared on this link, with its parameters. Views and pointers of the caller.
struct Bound {
  std::string_view label;  // for error messages
  const std::string* prepared;
  const Params* params;
};

class Link {
 public:
  /// `wake`: a descriptor that interrupts every wait when it becomes readable, or -1. Such an interrupted
  /// link is closed.
  static Result<std::unique_ptr<Link>> open(const Settings& settings, int wake);

  /// Statements by the simple protocol. The answer of the last one.
  Result<ResultPtr> simple(std::string_view label, const std::string& sql, std::chrono::milliseconds limit);
  Result<ResultPtr> prepare(std::string_view label, const std::string& name, const std::string& sql,
                            std::chrono::milliseconds limit);
  Result<ResultPtr> execute(const Bound& bound, std::chrono::milliseconds limit);
  /// All in one pipeline with one end: outside a transaction all of them happen or none. The first error, or
  /// an answer each.
  Result<std::vector<ResultPtr>> pipeline(const std::vector<Bound>& all, std::chrono::milliseconds limit);

  /// Until there is a notification or the deadline: the deadline is no error.
  Result<std::vector<Notification>> notifications(std::size_t most, Deadline deadline);

  bool closed() const { return !connection_; }
  /// Looks, without waiting, whether the server closed the connection meanwhile; if so it is closed here too.
  bool still_open();
  bool in_transaction() const;  // an aborted one too
  void close() { connection_.reset(); }

 private:
  enum class Drained { kDone, kDeadline, kWoken, kLost };
  using Take = std::function<bool(ResultPtr)>;  // false: stop, the conversation is over

  Link(int wake, std::chrono::milliseconds cancel_grace) : wake_(wake), cancel_grace_(cancel_grace) {}
  static void on_notice(void* link, const pg_result* notice);
  Status start(const Settings& settings);
  Result<ResultPtr> converse(std::string_view label, std::chrono::milliseconds limit, int sent);
  /// True when the deadline passed and the statement was asked to stop; its answer was read all the same.
  Result<bool> read_all(std::string_view label, std::chrono::milliseconds limit, const Take& take);
  Drained drain(Deadline deadline, const Take& take);
  Error lost(std::string_view label);

  std::unique_ptr<pg_conn, ConnDeleter> connection_;
  int wake_;
  std::chrono::milliseconds cancel_grace_;
  bool ended_by_server_ = false;
};

}  // namespace berth::pg
