// How the server's errors become ours.
//
// `Error::slug` is the SQLSTATE, or one of the names below when there is none. `Error::message` holds the
// server's primary message, the SQLSTATE and the constraint's name; never DETAIL, HINT or a parameter's
// value, which may be secret. Whoever can answer a violated constraint better turns the error into one of its
// own.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace berth::pg {

inline constexpr std::string_view kUniqueViolation = "23505";
inline constexpr std::string_view kForeignKeyViolation = "23503";
inline constexpr std::string_view kCheckViolation = "23514";
inline constexpr std::string_view kExclusionViolation = "23P01";
inline constexpr std::string_view kSerializationFailure = "40001";
inline constexpr std::string_view kDeadlockDetected = "40P01";
inline constexpr std::string_view kTransactionAborted = "25P02";
inline constexpr std::string_view kQueryCanceled = "57014";

inline constexpr std::string_view kConnectFailed = "connect_failed";  // never got in
/// Was in; what was under way may have happened.
inline constexpr std::string_view kConnectionLost = "connection_lost";
inline constexpr std::string_view kCommitUnknown = "commit_unknown";  // COMMIT was sent, no answer came
inline constexpr std::string_view kNoConnectionFree = "no_connection_free";
inline constexpr std::string_view kInterrupted = "interrupted";

/// The code that callers act on: kConflict for what another transaction did first, kTimeout for a passed
/// deadline, kUnavailable for a server that is away or full, kInternal for the rest (a statement that should
/// not have been sent).
Code code_of_sqlstate(std::string_view sqlstate);

/// The constraint that was violated, or "".
std::string violated_constraint(const Error& error);

/// True when the same transaction, run again from its start, may succeed.
bool worth_retrying(const Error& error);

/// A fault of the program: a column that is not there, a NULL where none may be, a name used for two
/// statements.
class Misuse : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace berth::pg
