#include "kube/status_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace berth::kube {

namespace {

constexpr std::size_t kMaxMessageBytes = 2048;
constexpr std::size_t kMaxReasonBytes = 128;
constexpr std::size_t kMaxFieldBytes = 256;
constexpr std::size_t kMaxPlainTextBytes = 200;  // of a proxy's error page
constexpr std::size_t kMaxCauses = 32;
constexpr std::size_t kMaxStatusDepth = 32;

struct ReasonCode {
  std::string_view reason;
  Code code;
};

// apimachinery's meta/v1 StatusReason. What asks for a later try is kUnavailable or kTooMany.
constexpr std::array kReasons{
    ReasonCode{"Unauthorized", Code::kUnauthenticated},
    ReasonCode{"Forbidden", Code::kForbidden},
    ReasonCode{"NotFound", Code::kNotFound},
    ReasonCode{"AlreadyExists", Code::kConflict},
    ReasonCode{"Conflict", Code::kConflict},
    ReasonCode{"Gone", Code::kGone},
    ReasonCode{"Expired", Code::kGone},
    ReasonCode{"Invalid", Code::kInvalid},
    ReasonCode{"BadRequest", Code::kInvalid},
    ReasonCode{"MethodNotAllowed", Code::kInvalid},
    ReasonCode{"NotAcceptable", Code::kInvalid},
    ReasonCode{"UnsupportedMediaType", Code::kInvalid},
    ReasonCode{"RequestEntityTooLarge", Code::kTooLarge},
    ReasonCode{"TooManyRequests", Code::kTooMany},
    ReasonCode{"ServerTimeout", Code::kUnavailable},
    ReasonCode{"Timeout", Code::kTimeout},
    ReasonCode{"StoreReadError", Code::kUnavailable},
    ReasonCode{"InternalError", Code::kUnavailable},
    ReasonCode{"ServiceUnavailable", Code::kUnavailable},
};

struct StatusDefault {
  int status;
  std::string_view reason;
};

// The reason where the answer names none, so that callers have one to branch on.
constexpr std::array kDefaults{
    StatusDefault{400, "BadRequest"},
    StatusDefault{401, "Unauthorized"},
    StatusDefault{403, "Forbidden"},
    StatusDefault{404, "NotFound"},
    StatusDefault{405, "MethodNotAllowed"},
    StatusDefault{406, "NotAcceptable"},
    StatusDefault{409, "Conflict"},
    StatusDefault{410, "Gone"},
    StatusDefault{413, "RequestEntityTooLarge"},
    StatusDefault{415, "UnsupportedMediaType"},
    StatusDefault{422, "Invalid"},
    StatusDefault{429, "TooManyRequests"},
    StatusDefault{500, "InternalError"},
    StatusDefault{502, "ServiceUnavailable"},
    StatusDefault{503, "ServiceUnavailable"},
    StatusDefault{504, "Timeout"},
};

std::string_view default_reason(int status) {
  const auto* found = std::ranges::find(kDefaults, status, &StatusDefault::status);
  if (found != kDefaults.end()) return found->reason;
  return status >= 400 && status < 500 ? "BadRequest" : "InternalError";
}

Code code_of(std::string_view reason, int status) {
  const auto* found = std::ranges::find(kReasons, reason, &ReasonCode::reason);
  if (found != kReasons.end()) return found->code;
  const auto* fallback = std::ranges::find(kReasons, default_reason(status), &ReasonCode::reason);
  return fallback != kReasons.end() ? fallback->code : Code::kUnavailable;
}

std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80U)
    --limit;  // not inside a character
  text.resize(limit);
  return text + "...";
}

std::vector<FieldError> causes_of(const json::value& status) {
  std::vector<FieldError> fields;
  const auto* causes = find(status, {"details", "causes"});
  if (causes == nullptr || !causes->is_array()) return fields;
  for (const auto& cause : causes->get_array()) {
    if (fields.size() == kMaxCauses) break;
    fields.push_back({.field = cut(string_at(cause, {"field"}), kMaxFieldBytes),
                      .value = {},
                      .limit = cut(string_at(cause, {"reason"}), kMaxReasonBytes),
                      .message = cut(string_at(cause, {"message"}), kMaxMessageBytes)});
  }
  return fields;
}

int as_seconds(std::int64_t value) {
  return static_cast<int>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Error error_of_status(std::string_view what, int http_status, const json::value& status) {
  const auto code = find_int(status, {"code"});
  if (code && *code >= 100 && *code < 600) http_status = static_cast<int>(*code);
  auto reason = cut(string_at(status, {"reason"}), kMaxReasonBytes);
  if (reason.empty()) reason = default_reason(http_status);
  Error error{
      .code = code_of(reason, http_status),
      .message = fmt::format("{}: {} {}: {}", what, http_status, reason,
                             cut(string_at(status, {"message"}), kMaxMessageBytes)),
      .slug = reason,
      .fields = causes_of(status),
      .retry_after_seconds = as_seconds(find_int(status, {"details", "retryAfterSeconds"}).value_or(0))};
  return error;
}

Error error_of_response(std::string_view what, const HttpResponse& response) {
  json::value status{json::object{}};
  if (auto parsed = parse_json(response.body, kMaxStatusDepth);
      parsed && string_at(*parsed, {"kind"}) == "Status") {
    status = std::move(*parsed);
  } else {
    auto text = response.body;
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    status = json::object{{"message", cut(std::move(text), kMaxPlainTextBytes)}};
  }
  auto error = error_of_status(what, response.status, status);
  if (response.retry_after_seconds) error.retry_after_seconds = *response.retry_after_seconds;
  return error;
}

}  // namespace berth::kube
