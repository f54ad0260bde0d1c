// What the sweep found in a cluster and did not make.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "pg/pg.hpp"
#include "store/page.hpp"

namespace berth::store {

struct Finding {
  std::string id;
  std::string cluster;
  std::string kind;
  std::string object;
  std::string detail;
  std::string planned_action;
  Instant first_seen_at;
};

/// Open ones, newest first.
Result<Page<Finding>> list_findings(pg::Connection& connection, const PageRequest& request);

}  // namespace berth::store
