#include "simcluster/api_status.hpp"

#include <fmt/format.h>

namespace berth::simcluster {
namespace {

Refusal about(const Subject& subject, int code, std::string_view reason, std::string message) {
  return {.code = code,
          .reason = std::string(reason),
          .message = std::move(message),
          .group = std::string(subject.group),
          .kind = std::string(subject.plural),
          .name = std::string(subject.name),
          .causes = {},
          .retry_after_seconds = 0};
}

Refusal plain(int code, std::string_view reason, std::string message) {
  return about({}, code, reason, std::move(message));
}

std::string detail_of(const Cause& cause) {
  return fmt::format("{}: {}", cause.field, cause.message);
}

}  // namespace

std::string qualified(std::string_view plural, std::string_view group) {
  return group.empty() ? std::string(plural) : fmt::format("{}.{}", plural, group);
}

Refusal bad_request(std::string message) {
  return plain(400, "BadRequest", std::move(message));
}

Refusal unauthorized() {
  return plain(401, "Unauthorized", "Unauthorized");
}

Refusal not_found(const Subject& subject) {
  return about(subject, 404, "NotFound",
               fmt::format("{} \"{}\" not found", qualified(subject.plural, subject.group), subject.name));
}

Refusal no_such_path() {
  return plain(404, "NotFound", "the server could not find the requested resource");
}

Refusal already_exists(const Subject& subject) {
  return about(
      subject, 409, "AlreadyExists",
      fmt::format("{} \"{}\" already exists", qualified(subject.plural, subject.group), subject.name));
}

Refusal conflict(const Subject& subject, std::string_view problem) {
  return about(subject, 409, "Conflict",
               fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                           qualified(subject.plural, subject.group), subject.name, problem));
}

Refusal forbidden(const Subject& subject, std::string_view problem) {
  return about(subject, 403, "Forbidden",
               fmt::format("{} \"{}\" is forbidden: {}", qualified(subject.plural, subject.group),
                           subject.name, problem));
}

Refusal invalid(const Subject& subject, std::vector<Cause> causes) {
  std::string list;
  for (const auto& cause : causes) list += (list.empty() ? "" : ", ") + detail_of(cause);
  if (causes.size() > 1) list = "[" + list + "]";
  auto refusal = about(
      subject, 422, "Invalid",
      fmt::format("{} \"{}\" is invalid: {}", qualified(subject.kind, subject.group), subject.name, list));
  refusal.kind = std::string(subject.kind);
  refusal.causes = std::move(causes);
  return refusal;
}

Refusal expired(std::string message) {
  return plain(410, "Expired", std::move(message));
}

Refusal method_not_allowed() {
  return plain(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

Refusal unsupported_media_type(std::string_view given, std::string_view supported) {
  return plain(
      415, "UnsupportedMediaType",
      fmt::format(
          "the body of the request was in an unknown format \"{}\" - accepted media types include: {}", given,
          supported));
}

Refusal too_large(std::string message) {
  return plain(413, "RequestEntityTooLarge", std::move(message));
}

Refusal too_many_requests(int retry_after_seconds) {
  auto refusal = plain(429, "TooManyRequests", "too many requests, please try again later");
  refusal.retry_after_seconds = retry_after_seconds;
  return refusal;
}

Cause invalid_value(std::string field, std::string_view value, std::string_view why) {
  return {"FieldValueInvalid", fmt::format("Invalid value: \"{}\": {}", value, why), std::move(field)};
}

Cause required_value(std::string field, std::string_view why) {
  return {"FieldValueRequired", why.empty() ? "Required value" : fmt::format("Required value: {}", why),
          std::move(field)};
}

Cause forbidden_value(std::string field, std::string_view why) {
  return {"FieldValueForbidden", fmt::format("Forbidden: {}", why), std::move(field)};
}

json::object status_object(const Refusal& refusal) {
  json::object details;
  if (!refusal.name.empty()) details["name"] = refusal.name;
  if (!refusal.group.empty()) details["group"] = refusal.group;
  if (!refusal.kind.empty()) details["kind"] = refusal.kind;
  if (!refusal.causes.empty()) {
    json::array causes;
    for (const auto& cause : refusal.causes) {
      json::object one{{"reason", cause.reason}, {"message", cause.message}};
      if (!cause.field.empty()) one["field"] = cause.field;
      causes.push_back(std::move(one));
    }
    details["causes"] = std::move(causes);
  }
  if (refusal.retry_after_seconds > 0) details["retryAfterSeconds"] = refusal.retry_after_seconds;

  json::object status{{"kind", "Status"},    {"apiVersion", "v1"},         {"metadata", json::object{}},
                      {"status", "Failure"}, {"message", refusal.message}, {"reason", refusal.reason}};
  if (!details.empty()) status["details"] = std::move(details);
  status["code"] = refusal.code;
  return status;
}

json::object success_status(const Subject& subject, std::string_view uid) {
  json::object details{{"name", subject.name}};
  if (!subject.group.empty()) details["group"] = subject.group;
  details["kind"] = subject.plural;
  if (!uid.empty()) details["uid"] = uid;
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object{}},
          {"status", "Success"},
          {"details", std::move(details)}};
}

}  // namespace berth::simcluster
