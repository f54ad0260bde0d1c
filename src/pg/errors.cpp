#include "pg/errors.hpp"

#include <algorithm>

#include "pg/settings.hpp"

namespace berth::pg {

Code code_of_sqlstate(std::string_view sqlstate) {
  if (sqlstate == kUniqueViolation || sqlstate == kExclusionViolation || sqlstate == kForeignKeyViolation ||
      sqlstate == kSerializationFailure || sqlstate == kDeadlockDetected) {
    return Code::kConflict;
  }
  if (sqlstate == kQueryCanceled || sqlstate == "55P03") return Code::kTimeout;  // canceled, lock_timeout
  if (sqlstate == "22021") return Code::kInvalid;                                // text that is not UTF-8
  // A standby that took over's former primary (25006) is as good as away; 25P03 ended the session.
  if (sqlstate == "25006" || sqlstate == "25P03") return Code::kUnavailable;
  const auto group = sqlstate.substr(0, 2);
  if (group == "08" || group == "53" || sqlstate.substr(0, 4) == "57P0") return Code::kUnavailable;
  return Code::kInternal;
}

std::string violated_constraint(const Error& error) {
  const auto found = std::find_if(error.fields.begin(), error.fields.end(),
                                  [](const FieldError& field) { return field.field == "constraint"; });
  return found == error.fields.end() ? std::string() : found->value;
}

bool worth_retrying(const Error& error) {
  return error.slug == kSerializationFailure || error.slug == kDeadlockDetected;
}

std::string quote_identifier(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) throw Misuse("an SQL identifier holds a zero byte");
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace berth::pg
