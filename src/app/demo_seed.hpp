// The demo's database: roles, schema, pool, people. Done again it changes nothing.
#pragma once

#include <string>

#include "app/demo_pool.hpp"
#include "base/result.hpp"
#include "pgserver/pgserver.hpp"

namespace berth::app {

struct DatabaseUrls {
  std::string owner;
  std::string portal;
  std::string reconciler;
};

Result<DatabaseUrls> prepare_database(const pgserver::Server& server, const DemoPool& demo);

/// True once the cluster's reconciler has reported since this start of the database server.
bool reconciler_reports(const pgserver::Server& server, const std::string& cluster);

}  // namespace berth::app
