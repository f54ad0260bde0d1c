// What whoever watches the platform has to know of it, in numbers: for the portal's metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pg/pg.hpp"

namespace berth::store {

struct WatchedCluster {
  std::string name;
  std::optional<double>
      heartbeat_age_seconds;   // by the database's clock; none: its reconciler never reported
  double cycle_seconds = 0;    // what the last cycle took
  double unheard_seconds = 0;  // for how long a watch has not been heard
  bool problem = false;        // the last report tells of one
  bool starts_wait = false;    // nothing is started, see the last report
  std::int64_t findings = 0;   // open
};

struct WatchedPool {
  std::string name, cluster;
  std::int64_t starting = 0, ready = 0, degraded = 0, stopping = 0;  // sessions
  double start_wait_seconds = 0;  // of the reservation that has waited longest for a session that is ready
  double end_wait_seconds = 0;    // of the session that has been over for longest and is not gone
  std::int64_t failed = 0;        // reservations of the last day that did not get a session
};

struct WatchedNode {
  std::string pool, cluster, name;
  std::int64_t outages = 0;  // units that it does not offer
  std::int64_t holds = 0;    // units that lingering pods keep
};

struct WatchedClass {
  std::string pool, cluster, name;
  std::int64_t units = 0, claimed = 0;  // now
};

/// Nothing that is retired, and of clusters those that have a pool.
struct Watched {
  std::vector<WatchedCluster> clusters;
  std::vector<WatchedPool> pools;
  std::vector<WatchedNode> nodes;
  std::vector<WatchedClass> classes;
  std::optional<double> backup_age_seconds;  // of the newest that was verified; none: there never was one
};
/// One round trip, and its work does not grow with the history.
Result<Watched> load_watched(pg::Connection& connection);

}  // namespace berth::store
