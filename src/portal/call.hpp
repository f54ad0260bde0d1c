// One request on its way through the portal, and what handlers get to see of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "http/http.hpp"
#include "model/cluster.hpp"
#include "model/permissions.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/cache_tokens.hpp"
#include "store/credentials.hpp"
#include "store/page.hpp"
#include "store/passwords.hpp"
#include "store/users.hpp"

namespace berth::portal {

class AuditNotes;
class EventHub;
struct Later;
struct Sought;
class SignInGuard;
class Metrics;

/// Who asks, and how they proved it.
struct Caller {
  store::User user;
  model::Viewer viewer;
  bool by_cookie = false;
  std::string cookie;               // the secret itself; only to derive the CSRF token from
  model::TokenId token;             // of a bearer token; empty with a cookie
  std::vector<std::string> scopes;  // of a bearer token; a cookie may do all that its user may
  store::Credential credential;
  bool may(std::string_view scope) const;
};

/// What all requests share.
struct Services {
  EventHub& events;
  SignInGuard& sign_ins;
  Metrics& metrics;
  AuditNotes& notes;
  Random& random;
  const Clock& clock;  // the database's
  Log log;
  bool secure_cookies = false;
  seconds web_session_length{0};
  std::string version;
  bool trusts_proxies = false;                  // X-Forwarded-For of some is believed
  std::optional<model::Cluster> own_cluster{};  // see Settings
  std::chrono::milliseconds controller_patience{15'000};
  store::PasswordCost password_cost{};
};

struct Call {
  const http::Request& request;
  pg::Connection& db;
  const Services& services;
  std::optional<Caller> caller;  // empty for public operations only
  json::value body;              // checked against the description; null when there is none
  /// Whose daemon asks, for operations that are for nodes.
  std::optional<store::CacheNodeCaller> node{};
  /// Set by a handler whose answer comes from the desk; what it returns is not sent then.
  std::shared_ptr<Later> later{};
  /// The same for one whose answer the reconciler makes.
  std::shared_ptr<Sought> sought{};

  store::Author author() const;
};

using HandlerResult = Result<http::Response>;
using OperationHandler = std::function<HandlerResult(Call&)>;

/// limit and cursor of a list. kInvalid where they are out of bounds.
Result<store::PageRequest> page_of(const http::Request& request);

/// from and to of a range. kInvalid with the fields at fault, also when it is empty.
Result<Window> range_of(const http::Request& request);

/// One time of the query; empty where it is not given. kInvalid for what is none.
Result<std::optional<Instant>> time_of(const http::Request& request, std::string_view name);

/// The id of the event to resume after: from the header that browsers send when they come back, or the query
/// where headers cannot be set. Empty where there is neither; kInvalid for what is no id.
Result<std::optional<std::int64_t>> resume_point(const http::Request& request);

/// kForbidden unless the caller's role allows it and a token's scopes do.
Status need(const Call& call, model::Duty duty);

/// kForbidden "sign_in_needed" for a bearer token: what would outlive the token, or be stronger than it,
/// wants a person who signed in.
Status need_sign_in(const Call& call);

}  // namespace berth::portal
