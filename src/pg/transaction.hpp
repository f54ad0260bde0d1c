// A transaction is a scope.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "pg/connection.hpp"

namespace berth::pg {

enum class Isolation { kReadCommitted, kRepeatableRead, kSerializable };
enum class Access { kReadWrite, kReadOnly };

class Savepoint;

/// Rolls back when it ends without `commit`. The connection must stay in place and outlive it.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection, Isolation isolation = Isolation::kReadCommitted,
                                   Access access = Access::kReadWrite);
  /// The same with its first statements, in one round trip: it and an answer for each.
  static Result<std::pair<Transaction, std::vector<Rows>>> begin_with(Connection& connection,
                                                                      const Batch& first);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  template <typename... Args>
  Result<Rows> exec(const Query& query, const Args&... args) {
    return connection_->exec(query, args...);
  }
  /// For functions that read inside and outside a transaction alike, and for batches.
  Connection& connection() { return *connection_; }

  /// Without an answer to COMMIT nobody knows whether it happened: slug kCommitUnknown. When a statement
  /// before it had failed, PostgreSQL rolls back instead: slug kTransactionAborted.
  Status commit();
  /// Its last statements and the COMMIT in one round trip; an answer for each statement. On an error it is
  /// rolled back, unless it is kCommitUnknown.
  Result<std::vector<Rows>> commit_with(const Batch& last);
  Status rollback();

  /// A place to come back to, for parts that may fail one by one.
  Result<Savepoint> savepoint();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null once it is over, or moved from
  int savepoints_ = 0;
};

/// Rolls back to where it was made when it ends without `release`. The innermost one ends first.
class Savepoint {
 public:
  ~Savepoint();
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;

  Status release();
  Status rollback();

 private:
  friend class Transaction;
  Savepoint(Connection& connection, int number) : connection_(&connection), number_(number) {}

  Connection* connection_;
  int number_;
};

/// Runs `work(Transaction&)`, which gives a Result or Status, and commits; from the start again, at most
/// `tries` times in all, while the server says that it collided with another transaction (40001, 40P01).
/// `work` must be repeatable.
template <typename Work>
auto retry_serializable(Connection& connection, Isolation isolation, int tries, Work&& work)
    -> decltype(work(std::declval<Transaction&>())) {
  while (true) {
    auto transaction = Transaction::begin(connection, isolation);
    if (!transaction) return fail(transaction.error());
    auto done = work(*transaction);
    std::optional<Error> error;
    if (!done) {
      error = done.error();
    } else if (auto committed = transaction->commit(); !committed) {
      error = committed.error();
    }
    if (!error) return done;
    if (--tries <= 0 || !worth_retrying(*error)) return fail(std::move(*error));
  }
}

}  // namespace berth::pg
