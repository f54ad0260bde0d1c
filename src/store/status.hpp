// Whether the reconcilers report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "pg/pg.hpp"

namespace berth::store {

inline constexpr seconds kSilentAfter{120};

struct Controller {
  enum class State { kReporting, kSilent, kNeverReported };
  std::string cluster;
  State state = State::kNeverReported;
  std::optional<Instant> last_report_at;
  std::optional<Duration> age;  // by the database's clock
  std::string problem;
};
std::string_view to_string(Controller::State state);  // "reporting", "silent", "never_reported"

struct PlatformStatus {
  Instant now;                          // the database's
  std::vector<Controller> controllers;  // one for each cluster that has a pool or ever reported, by name
};
Result<PlatformStatus> load_status(pg::Connection& connection);

}  // namespace berth::store
