#include "pg/transaction.hpp"

#include <fmt/format.h>

namespace berth::pg {
namespace {

constexpr Query kBegin{"transaction_begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
constexpr Query kCommit{"transaction_commit", "COMMIT"};

std::string_view sql_of(Isolation isolation) {
  switch (isolation) {
    case Isolation::kReadCommitted:
      return "READ COMMITTED";
    case Isolation::kRepeatableRead:
      return "REPEATABLE READ";
    case Isolation::kSerializable:
      return "SERIALIZABLE";
  }
  throw Misuse("no such isolation level");
}

}  // namespace

Result<Transaction> Transaction::begin(Connection& connection, Isolation isolation, Access access) {
  if (connection.in_transaction()) throw Misuse("a transaction inside a transaction; use a savepoint");
  const auto begun = connection.run(fmt::format("BEGIN ISOLATION LEVEL {} {}", sql_of(isolation),
                                                access == Access::kReadOnly ? "READ ONLY" : "READ WRITE"));
  if (!begun) return fail(begun.error());
  return Transaction(connection);
}

Result<std::pair<Transaction, std::vector<Rows>>> Transaction::begin_with(Connection& connection,
                                                                          const Batch& first) {
  if (connection.in_transaction()) throw Misuse("a transaction inside a transaction; use a savepoint");
  auto answers = connection.exec_between(&kBegin, first, nullptr);
  Transaction transaction(connection);  // it may have begun, also where a statement failed
  if (!answers) return fail(answers.error());
  return std::pair(std::move(transaction), std::move(*answers));
}

Result<std::vector<Rows>> Transaction::commit_with(const Batch& last) {
  if (connection_ == nullptr) throw Misuse("commit of a transaction that is over");
  const bool was_broken = connection_->broken();
  auto answers = connection_->exec_between(nullptr, last, &kCommit);
  auto& connection = *connection_;
  if (answers && !connection.in_transaction()) {
    connection_ = nullptr;
    return answers;
  }
  static_cast<void>(rollback());
  if (answers) {
    return fail(Code::kInternal,
                "COMMIT of a transaction in which a statement had failed: it was rolled back",
                std::string(kTransactionAborted));
  }
  auto error = std::move(answers.error());
  if (connection.broken() && !was_broken) {
    error.code = Code::kUnavailable;
    error.slug = kCommitUnknown;
  }
  return fail(std::move(error));
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), savepoints_(other.savepoints_) {}

Transaction::~Transaction() {
  // If even ROLLBACK fails the connection is broken, and the server rolls back when it notices.
  if (connection_ != nullptr) static_cast<void>(rollback());
}

Status Transaction::commit() {
  if (connection_ == nullptr) throw Misuse("commit of a transaction that is over");
  auto& connection = *std::exchange(connection_, nullptr);
  const bool was_broken = connection.broken();
  auto tag = connection.run_for_tag("COMMIT");
  if (!tag) {
    auto error = std::move(tag.error());
    if (connection.broken() && !was_broken) {
      error.code = Code::kUnavailable;
      error.slug = kCommitUnknown;
    }
    return fail(std::move(error));
  }
  if (*tag != "COMMIT") {
    return fail(Code::kInternal,
                "COMMIT of a transaction in which a statement had failed: it was rolled back",
                std::string(kTransactionAborted));
  }
  return {};
}

Status Transaction::rollback() {
  if (connection_ == nullptr) throw Misuse("rollback of a transaction that is over");
  auto& connection = *std::exchange(connection_, nullptr);
  if (connection.broken() || !connection.in_transaction()) return {};
  return connection.run("ROLLBACK");
}

Result<Savepoint> Transaction::savepoint() {
  if (connection_ == nullptr) throw Misuse("a savepoint in a transaction that is over");
  const int number = ++savepoints_;
  const auto made = connection_->run(fmt::format("SAVEPOINT s{}", number));
  if (!made) return fail(made.error());
  return Savepoint(*connection_, number);
}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), number_(other.number_) {}

Savepoint::~Savepoint() {
  // What fails here shows at the transaction's next statement.
  if (connection_ != nullptr) static_cast<void>(rollback());
}

Status Savepoint::release() {
  if (connection_ == nullptr) throw Misuse("release of a savepoint that is over");
  return std::exchange(connection_, nullptr)->run(fmt::format("RELEASE SAVEPOINT s{}", number_));
}

Status Savepoint::rollback() {
  if (connection_ == nullptr) throw Misuse("rollback of a savepoint that is over");
  auto& connection = *std::exchange(connection_, nullptr);
  if (connection.broken() || !connection.in_transaction()) return {};
  return connection.run(fmt::format("ROLLBACK TO SAVEPOINT s{0}; RELEASE SAVEPOINT s{0}", number_));
}

}  // namespace berth::pg
