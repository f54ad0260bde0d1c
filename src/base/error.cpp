#include "base/error.hpp"

#include <utility>

namespace berth {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::kMalformed:
      return "malformed";
    case Code::kInvalid:
      return "invalid";
    case Code::kUnauthenticated:
      return "unauthenticated";
    case Code::kForbidden:
      return "forbidden";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kGone:
      return "gone";
    case Code::kTooLarge:
      return "too_large";
    case Code::kTooMany:
      return "too_many_requests";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kTimeout:
      return "timeout";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

Error within(std::string_view what, Error error) {
  error.message = std::string(what) + ": " + error.message;
  return error;
}

Error invalid_field(std::string field, std::string value, std::string limit, std::string message) {
  Error error{.code = Code::kInvalid, .message = message};
  error.fields.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
  return error;
}

}  // namespace berth
