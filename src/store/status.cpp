#include "store/status.hpp"

#include "store/author.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kStatus{"status_controllers", R"sql(
    SELECT clock_timestamp() AS now, cluster, h.at, coalesce(h.problem, '') AS problem
    FROM (
      SELECT cluster
      FROM berth.pool
      WHERE retired_at IS NULL
      UNION
      SELECT cluster
      FROM berth.heartbeat
    ) AS known
    LEFT JOIN berth.heartbeat h USING (cluster)
    ORDER BY cluster
)sql"};

}  // namespace

std::string_view to_string(Controller::State state) {
  switch (state) {
    case Controller::State::kReporting:
      return "reporting";
    case Controller::State::kSilent:
      return "silent";
    case Controller::State::kNeverReported:
      return "never_reported";
  }
  return "never_reported";
}

Result<PlatformStatus> load_status(pg::Connection& connection) {
  pg::Batch batch;
  batch.add(kStatus);
  batch.add(kDatabaseNow);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read the status of the reconcilers", answers.error()));
  PlatformStatus status{answers->at(1).front().get<Instant>("now"), {}};
  for (const auto& row : answers->at(0)) {
    Controller controller;
    controller.cluster = row.get<std::string>("cluster");
    controller.problem = row.get<std::string>("problem");
    controller.last_report_at = row.get<std::optional<Instant>>("at");
    if (controller.last_report_at) {
      controller.age = std::max(Duration(0), status.now - *controller.last_report_at);
      controller.state =
          *controller.age > kSilentAfter ? Controller::State::kSilent : Controller::State::kReporting;
    }
    status.controllers.push_back(std::move(controller));
  }
  return status;
}

}  // namespace berth::store
