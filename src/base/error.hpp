// Expected failures as values. An Error says what was tried on what; it is wrapped once per layer (`within`)
// and turned into a status or an exit code once, at the edge.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth {

enum class Code {
  kMalformed,        // the bytes are not what they claim to be (broken JSON, bad header)
  kInvalid,          // understood, but a field is at fault
  kUnauthenticated,  // who is this
  kForbidden,        // known, and not allowed
  kNotFound,         // is not, or may not be seen
  kConflict,         // true a moment ago, or taken
  kGone,             // was, and will not be again
  kTooLarge,         // more than a stated limit
  kTooMany,          // more often than a stated limit
  kUnavailable,      // a part that is needed does not answer; trying later may help
  kTimeout,          // a deadline passed
  kInternal,         // a fault of ours
};

std::string_view to_string(Code code);

/// One field at fault: its path ("units", "nodes[0].name"), the value that came, the limit it broke, and a
/// sentence.
struct FieldError {
  std::string field;
  std::string value;
  std::string limit;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

/// Every member has its initializer, so that those not named in `{.code = ..., .message = ...}` may be left
/// out.
struct Error {
  Code code = Code::kInternal;
  std::string message{};             // for people; never holds a secret
  std::string slug{};                // for programs ("version_conflict"); empty: derived from the code
  std::vector<FieldError> fields{};  // filled for kInvalid
  int retry_after_seconds = 0;       // for kTooMany and kUnavailable: 0 when unknown
  bool for_log = false;  // the message is another program's own words: for the log, never for a client
};

/// The same error one layer further out: "read reservations: connection refused".
Error within(std::string_view what, Error error);

/// An error about one field. `message` is a whole sentence.
Error invalid_field(std::string field, std::string value, std::string limit, std::string message);

}  // namespace berth
