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

/// The password of the demo's people where only this machine reaches it, and what is done is only simulated.
inline constexpr std::string_view kPublishedPassword = "berth-demo";

/// People who are there already and have the published password get `password`.
Result<DatabaseUrls> prepare_database(const pgserver::Server& server, const DemoPool& demo,
                                      const std::string& password);

/// True once the cluster's reconciler has reported since this start of the database server.
bool reconciler_reports(const pgserver::Server& server, const std::string& cluster);

}  // namespace berth::app
