#include "pg/result_error.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/errors.hpp"

namespace berth::pg {
namespace {

std::string field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

Error error_of(std::string_view label, const pg_result* result) {
  Error error;
  error.slug = field(result, PG_DIAG_SQLSTATE);
  if (error.slug.empty()) {  // made by libpq itself: the connection broke
    error.code = Code::kUnavailable;
    error.slug = kConnectionLost;
    error.message = fmt::format("{}: the connection to PostgreSQL broke", label);
    return error;
  }
  error.code = code_of_sqlstate(error.slug);
  error.for_log = true;
  // Class 22 (data exceptions) quotes the refused value in its primary message.
  const auto primary = error.slug.starts_with("22") ? std::string("PostgreSQL refused a parameter's value")
                                                    : field(result, PG_DIAG_MESSAGE_PRIMARY);
  const auto constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  error.message = fmt::format("{}: {} ({})", label, primary, error.slug);
  if (!constraint.empty()) error.fields.push_back({"constraint", constraint, "", ""});
  return error;
}

}  // namespace berth::pg
