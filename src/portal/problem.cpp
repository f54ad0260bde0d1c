#include "portal/problem.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "store/newer_version.hpp"

namespace berth::portal {
namespace {

constexpr int kRetryAfterUnavailableSeconds = 2;
constexpr std::string_view kReadOnlySqlState = "25006";
constexpr std::string_view kTakesNoWrites =
    "The database takes no writes right now, so nothing can be changed. Try again later.";
/// Sentences hold names that clients made up, which may be as long as a body.
constexpr std::size_t kMostTextBytes = 1'000;

std::string shortened(std::string_view text) {
  if (text.size() <= kMostTextBytes) return std::string(text);
  return std::string(first_bytes(text, kMostTextBytes)) + "...";
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "The request is malformed";
    case 401:
      return "Sign in first";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 408:
      return "The request took too long";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Too large";
    case 414:
      return "The address is too long";
    case 415:
      return "Unsupported media type";
    case 417:
      return "Expectation failed";
    case 422:
      return "Some fields are at fault";
    case 429:
      return "Too many requests";
    case 431:
      return "Too many or too large headers";
    case 501:
      return "Not supported";
    case 503:
      return "Unavailable for now";
    case 505:
      return "HTTP version not supported";
    default:
      return status >= 500 ? "Something went wrong here" : "The request cannot be served";
  }
}

json::object make_body(int status, std::string_view code, std::string_view detail, json::object more) {
  json::object whole{{"type", fmt::format("urn:berth:problem:{}", code)},
                     {"title", title_of(status)},
                     {"status", status},
                     {"detail", detail},
                     {"code", code}};
  for (auto& [key, value] : more) whole[key] = std::move(value);
  return whole;
}

http::Response make(int status, json::object body, std::string_view request_id) {
  if (!request_id.empty()) body["request_id"] = request_id;
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/problem+json"}};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.body = json_text(body);
  return response;
}

json::array fields_of(const std::vector<FieldError>& fields) {
  json::array out;
  for (const auto& field : fields) {
    out.push_back({{"field", shortened(field.field)},
                   {"value", shortened(field.value)},
                   {"limit", shortened(field.limit)},
                   {"message", shortened(field.message)}});
  }
  return out;
}

std::string_view words_for(int status) {
  switch (status) {
    case 409:
      return "Something else changed the same thing at the same moment. Try again.";
    case 503:
      return "The database does not answer right now. Try again in a moment.";
    case 500:
      return "An unexpected error. The log has more under the request id.";
    default:
      return "The database refused what was asked.";
  }
}

std::string_view edge_code(int status) {
  switch (status) {
    case 408:
      return "timeout";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 417:
    case 501:
    case 505:
      return "not_supported";
    case 429:
      return "too_many_requests";
    case 500:
      return "internal";
    case 503:
      return "unavailable";
    default:
      return "malformed";
  }
}

/// Some addresses take less than others: the sentence says which limit it was.
std::string limit_in(std::string_view detail, std::string otherwise) {
  constexpr std::string_view kBefore = "limit of ";
  const auto at = detail.find(kBefore);
  return at == std::string_view::npos ? otherwise : std::string(detail.substr(at + kBefore.size()));
}

/// Which part of the request was too large, and what its limit is. How large it was is not known: it was not
/// read.
std::optional<FieldError> edge_field(int status, std::string_view detail, const http::Limits& limits) {
  const auto field = [&](std::string name, std::string limit) {
    return FieldError{std::move(name), "", std::move(limit), std::string(detail)};
  };
  switch (status) {
    case 413:
      return field("body", limit_in(detail, fmt::format("{} bytes", limits.body_bytes)));
    case 414:
      return field("target", fmt::format("{} bytes", limits.target_bytes));
    case 431:
      return field("headers", fmt::format("{} headers, {} bytes", limits.header_count, limits.header_bytes));
    case 429: {
      const auto bounds = http::FairQueue::Bounds::of(1, limits.queued_requests);
      return field("requests",
                   fmt::format("{} that wait, of one person; {}, of one address before it is known who asks",
                               bounds.waiting_each, bounds.waiting_many));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

int status_of(const Error& error) {
  switch (error.code) {
    case Code::kMalformed:
      return error.slug == kUnsupportedMediaType ? 415 : 400;
    case Code::kInvalid:
      return 422;
    case Code::kUnauthenticated:
      return 401;
    case Code::kForbidden:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kGone:
      return 410;
    case Code::kTooLarge:
      return 413;
    case Code::kTooMany:
      return 429;
    case Code::kUnavailable:
    case Code::kTimeout:  // the database's, not the client's: trying again may help
      return 503;
    case Code::kInternal:
      return 500;
  }
  return 500;
}

json::object problem_body(const Error& error, json::object extra) {
  const int status = status_of(error);
  const bool for_all = error.slug == store::kNewerVersion || error.slug == kControllerSilent;
  const bool inside = (status >= 500 && !for_all) || error.for_log;
  if (!inside && !error.fields.empty()) extra["errors"] = fields_of(error.fields);
  const bool read_only = error.slug == kReadOnlySqlState;
  const auto detail =
      inside ? std::string(read_only ? kTakesNoWrites : words_for(status)) : shortened(error.message);
  const std::string_view slug = inside || error.slug.empty() ? to_string(error.code) : error.slug;
  return make_body(status, slug, detail, std::move(extra));
}

http::Response problem(const Error& error, std::string_view request_id, json::object extra) {
  const int status = status_of(error);
  auto response = make(status, problem_body(error, std::move(extra)), request_id);
  const int wait = error.retry_after_seconds == 0 && status == 503 ? kRetryAfterUnavailableSeconds
                                                                   : error.retry_after_seconds;
  if (wait > 0) response.headers.emplace_back("Retry-After", std::to_string(wait));
  return response;
}

http::Response method_not_allowed(const std::vector<std::string>& allowed, std::string_view request_id) {
  auto response = make(
      405, make_body(405, "method_not_allowed", "This address does not know this method.", {}), request_id);
  response.headers.emplace_back("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
  return response;
}

http::Response edge_problem(int status, std::string_view detail, std::string_view request_id,
                            const http::Limits& limits, Instant now) {
  json::object extra;
  if (const auto field = edge_field(status, detail, limits)) extra["errors"] = fields_of({*field});
  auto response = make(status, make_body(status, edge_code(status), detail, std::move(extra)), request_id);
  add_common_headers(response, now);
  return response;
}

http::Response json_answer(int status, const json::value& body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = json_text(body);
  return response;
}

void add_strict_transport(http::Response& response) {
  response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

void add_common_headers(http::Response& response, Instant now) {
  response.headers.emplace_back("Berth-Server-Time", format_rfc3339(now));
  if (!http::find_header(response.headers, "Cache-Control"))
    response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
}

}  // namespace berth::portal
