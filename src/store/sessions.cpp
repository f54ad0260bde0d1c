#include "store/sessions.hpp"

#include "store/activity_rows.hpp"
#include "store/codecs.hpp"
#include "store/reservations.hpp"
#include "store/session_rows.hpp"
#include "store/status.hpp"

namespace berth::store {
namespace {

constexpr int kTypicalSample = 50;  // of the newest steps, for a median
// Steps of all classes that are looked through for those: one that is booked once a year would otherwise be
// looked for in the whole history.
constexpr int kTypicalLook = 500;

constexpr pg::Query kNewest{"session_newest", R"sql(
    SELECT id, reservation, cluster, attempt, namespace_name, host, phase, reason, failed, endpoints,
        created_at, ready_at, stopping_at, gone_at
    FROM berth.session
    WHERE reservation = $1
    ORDER BY attempt DESC
    LIMIT 1
)sql"};
constexpr pg::Query kController{"session_controller", R"sql(
    SELECT clock_timestamp() AS now, h.at, h.unheard_since, coalesce(h.starts_wait, '') AS starts_wait
    FROM (SELECT $1::text AS cluster) AS wanted
    LEFT JOIN berth.heartbeat h USING (cluster)
)sql"};
constexpr pg::Query kClusterOfPool{"session_cluster_of_pool", R"sql(
    SELECT cluster FROM berth.pool WHERE id = $1
)sql"};
constexpr pg::Query kSteps{"session_steps", R"sql(
    SELECT name, state, started_at, finished_at, tries, next_try_at, detail
    FROM berth.step
    WHERE session = $1
    ORDER BY ordinal
)sql"};
constexpr pg::Query kActivity{"session_activity", R"sql(
    SELECT looked_at, editor_asked, editor_used_at, lab_used_at, kernels, kernels_busy
    FROM berth.activity
    WHERE session = $1
)sql"};
constexpr pg::Query kDeviceUse{"session_device_use", R"sql(
    SELECT since, looked_at, busy_permille, used_at
    FROM berth.device_use
    WHERE session = $1
)sql"};
constexpr pg::Query kTypical{"session_typical", R"sql(
    SELECT wanted.name, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS seconds
    FROM unnest($1::text[]) AS wanted (name)
    CROSS JOIN LATERAL (
      SELECT extract(epoch FROM newest.finished_at - newest.started_at) AS took
      FROM (
        SELECT session, started_at, finished_at
        FROM berth.step
        WHERE name = wanted.name
          AND state = 'done'
          AND finished_at IS NOT NULL
          AND started_at IS NOT NULL
        ORDER BY finished_at DESC
        LIMIT $4
      ) AS newest
      JOIN berth.session se ON se.id = newest.session
      JOIN berth.reservation r ON r.id = se.reservation
      WHERE r.device_class = $2
      ORDER BY newest.finished_at DESC
      LIMIT $3
    ) AS last
    GROUP BY wanted.name
)sql"};

struct Looked {
  Instant now;
  model::ControllerReport controller;
};

Looked read_controller(const pg::Row& row, std::string cluster) {
  const auto now = row.get<Instant>("now");
  const auto at = row.get<std::optional<Instant>>("at");
  return {now,
          {.cluster = std::move(cluster),
           .reported_at = at,
           .silent = at && now - *at > kSilentAfter,
           .unheard_since = row.get<std::optional<Instant>>("unheard_since"),
           .starts_wait = row.get<std::string>("starts_wait")}};
}

/// What a reservation waits for that has no session.
constexpr pg::Query kFilesInUse{"session_files_in_use", R"sql(
    SELECT EXISTS (
      SELECT FROM berth.home h
      JOIN berth.session s ON s.id = h.session
      WHERE h.owner = $1 AND h.pool = $2 AND s.phase = 'Stopping'
    ) AS waits
)sql"};

Result<std::string> why_none(pg::Connection& connection, const model::Reservation& reservation) {
  std::string none = "this reservation has no session";
  if (!model::is_live(reservation.state)) return none;
  const auto pool = connection.exec(kClusterOfPool, reservation.pool);
  if (!pool) return fail(within("read the cluster of a pool", pool.error()));
  auto cluster = pool->front().get<std::string>("cluster");
  const auto rows = connection.exec(kController, cluster);
  if (!rows) return fail(within("read what a controller reports", rows.error()));
  const auto looked = read_controller(rows->front(), std::move(cluster));
  if (looked.now < reservation.window.start) return none + ": it has not begun";
  const auto files = connection.exec(kFilesInUse, reservation.owner, reservation.pool);
  if (!files) return fail(within("read whether files are in use", files.error()));
  const auto why = files->front().get<bool>("waits") ? model::waiting_for_files()
                                                     : model::waiting_to_begin(looked.controller);
  return none + ". " + why.reason;
}

}  // namespace

Result<SessionView> load_session(pg::Connection& connection, const model::Viewer& viewer,
                                 const model::ReservationId& reservation) {
  const auto booked = load_reservation(connection, viewer, reservation);
  if (!booked) return fail(booked.error());

  const auto newest = connection.exec(kNewest, reservation);
  if (!newest) return fail(within("read a session", newest.error()));
  if (newest->empty()) {
    auto why = why_none(connection, booked->reservation);
    if (!why) return fail(why.error());
    return fail(Code::kNotFound, std::move(*why), "no_session");
  }
  const auto cluster = newest->front().get<std::string>("cluster");

  pg::Batch batch;
  batch.add(kSteps, newest->front().get<model::SessionId>("id"));
  batch.add(kTypical, std::vector<model::StepName>(model::kSteps.begin(), model::kSteps.end()),
            booked->reservation.device_class, kTypicalSample, kTypicalLook);
  batch.add(kController, cluster);
  batch.add(kActivity, newest->front().get<model::SessionId>("id"));
  batch.add(kDeviceUse, newest->front().get<model::SessionId>("id"));
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a session's steps", answers.error()));
  std::string newer;
  std::vector<model::Step> steps;
  for (const auto& row : answers->at(0)) {
    auto step = read_step(row);
    if (step) {
      steps.push_back(std::move(*step));
    } else if (newer.empty()) {
      newer = step.error().message;
    }
  }
  auto session = read_session(newest->front(), std::move(steps));
  if (!session) return fail(session.error());
  const auto& of = booked->reservation;
  SessionView view{.session = std::move(*session),
                   .typical_seconds = {},
                   .waiting_for = {},
                   .activity = {},
                   .device_use = {},
                   .may_open = model::allowed(viewer, model::Action::kOpen, of.id, of.owner, of.team),
                   .newer = std::move(newer)};
  for (const auto& row : answers->at(1)) {
    const auto name = known<model::StepName>(row, "name", "step");
    if (!name) return fail(name.error());
    view.typical_seconds.emplace(*name, row.get<double>("seconds"));
  }
  if (const auto& used = answers->at(3); !used.empty()) view.activity = read_activity(used.front());
  if (const auto& used = answers->at(4); !used.empty()) view.device_use = read_device_use(used.front());
  const auto looked = read_controller(answers->at(2).front(), cluster);
  view.waiting_for = model::waiting_for(view.session, looked.controller, looked.now);
  return view;
}

}  // namespace berth::store
