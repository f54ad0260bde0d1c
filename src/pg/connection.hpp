// A connection to a database, for one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pg/batch.hpp"
#include "pg/rows.hpp"
#include "pg/settings.hpp"

namespace berth::pg {

class Link;

/// Every call ends by the statement timeout plus the cancel grace, whatever the server does: a late statement
/// is canceled, and a server that does not even answer that costs the connection, which is then `broken`.
/// Errors as errors.hpp says.
class Connection {
 public:
  static Result<Connection> connect(const Settings& settings);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// Runs one statement. Text with a zero byte is refused (kInvalid): PostgreSQL cannot keep one.
  template <typename... Args>
  Result<Rows> exec(const Query& query, const Args&... args) {
    return exec_params(query, params(args...));
  }
  Result<Rows> exec_params(const Query& query, const Params& params);

  /// One answer for each statement, or the first error.
  Result<std::vector<Rows>> exec(const Batch& batch);

  /// Statements separated by semicolons, without parameters. Outside a transaction they are one. For
  /// migrations and for what cannot be prepared.
  Status run(std::string_view script);

  bool broken() const;
  bool in_transaction() const;
  /// Looks, without a round trip, whether the server has closed it meanwhile.
  bool still_open();

  const Settings& settings() const { return settings_; }
  /// For the calls that follow.
  void set_statement_timeout(std::chrono::milliseconds limit) { settings_.statement_timeout = limit; }

 private:
  friend class Listener;
  friend class Transaction;
  struct Prepared {
    std::string server_name;
    std::string sql;
  };

  Connection(Settings settings, std::unique_ptr<Link> link);
  static Result<Connection> connect(const Settings& settings, int wake);
  Result<const std::string*> prepare(const Query& query);
  Result<Rows> exec_once(const Query& query, const Params& params);
  /// A batch, and what stands before and after it, which has no parameters and whose answer is nothing.
  Result<std::vector<Rows>> exec_between(const Query* before, const Batch& batch, const Query* after);
  /// As `run`, with the server's word for what was done ("COMMIT", "ROLLBACK").
  Result<std::string> run_for_tag(std::string_view script);

  Settings settings_;
  std::unique_ptr<Link> link_;
  std::map<std::string, Prepared, std::less<>> prepared_;
  std::uint64_t prepared_ever_ = 0;
};

}  // namespace berth::pg
