// The audit log. Changes of rows write theirs by trigger; here is what changes no row, and reading.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/page.hpp"

namespace berth::store {

struct AuditRow {
  std::string id;
  Instant at;
  std::string actor;
  std::optional<std::string> actor_email;  // of a user
  std::string action;
  std::string object_type;
  std::string object_id;
  std::string outcome;
  json::value before;  // object, or null
  json::value after;
  std::string request_id;
  std::string source_ip;
  std::optional<std::string> token;  // id of the API token that it was done with
  int count = 1;                     // how many like it the row stands for; written after the last one
  std::optional<Instant> since;      // the first of them, where there are several
};

struct AuditFilter {  // empty: all
  std::string actor;
  std::string action;
  std::string object;   // an object's id
  std::string token{};  // an API token's id
  std::string kind{};   // an object's type: "reservation"
  std::optional<Instant> from{};
  std::optional<Instant> to{};
};

/// Newest first.
Result<Page<AuditRow>> list_audit(pg::Connection& connection, const AuditFilter& filter,
                                  const PageRequest& request);

/// For what leaves no other trace: a refused sign-in, a refused change. Never with a secret.
struct AuditNote {
  std::string action;  // "auth.refused"
  std::string object_type;
  std::string object_id;
  std::string outcome;             // "refused"
  int count = 1;                   // as in AuditRow
  std::optional<Instant> since{};  // as in AuditRow
};
Status record_audit(pg::Connection& connection, const Author& author, const AuditNote& note);

}  // namespace berth::store
