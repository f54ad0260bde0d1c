// Refusals as the Kubernetes API words them: an HTTP code, a reason for programs, a sentence, and details.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/json.hpp"

namespace berth::simcluster {

struct Cause {
  std::string reason;
  std::string message;
  std::string field;
};

struct Refusal {
  int code = 500;
  std::string reason;
  std::string message;
  std::string group;  // of the resource, "" for the core group
  std::string kind;   // the resource in the plural, or the kind for Invalid, as the API does
  std::string name;
  std::vector<Cause> causes;
  int retry_after_seconds = 0;
};

/// The value, or the Status that the client gets instead.
template <typename T>
using Outcome = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(Refusal refusal) {
  return tl::unexpected<Refusal>(std::move(refusal));
}

/// What a refusal is about: the resource (plural), its group, its kind, and the object's name.
struct Subject {
  std::string_view group;
  std::string_view plural;
  std::string_view kind;
  std::string_view name;
};

/// "pods", "deployments.apps"
std::string qualified(std::string_view plural, std::string_view group);

Refusal bad_request(std::string message);
Refusal unauthorized();
Refusal not_found(const Subject& subject);
Refusal no_such_path();
Refusal already_exists(const Subject& subject);
/// `problem` follows "Operation cannot be fulfilled on pods "x": ".
Refusal conflict(const Subject& subject, std::string_view problem);
/// `problem` follows "pods "x" is forbidden: ".
Refusal forbidden(const Subject& subject, std::string_view problem);
/// One cause a field; the message lists them.
Refusal invalid(const Subject& subject, std::vector<Cause> causes);
Refusal expired(std::string message);
Refusal method_not_allowed();
Refusal unsupported_media_type(std::string_view given, std::string_view supported);
Refusal too_large(std::string message);
Refusal too_many_requests(int retry_after_seconds);

/// The causes that `invalid` takes, in the words of the API.
Cause invalid_value(std::string field, std::string_view value, std::string_view why);
Cause required_value(std::string field, std::string_view why = {});
Cause forbidden_value(std::string field, std::string_view why);

/// `kind: Status`, as the body of the answer or the object of a watch's ERROR event.
json::object status_object(const Refusal& refusal);
/// The Status of something that went well; `details` are those of the object it happened to.
json::object success_status(const Subject& subject, std::string_view uid);

}  // namespace berth::simcluster
