#include "store/sessions.hpp"

#include "store/codecs.hpp"
#include "store/reservations.hpp"
#include "store/session_rows.hpp"

namespace berth::store {
namespace {

constexpr int kTypicalSample = 50;  // of the newest steps, for a median
// Steps of all classes that are looked through for those: one that is booked once a year would otherwise be
// looked for in the whole history.
constexpr int kTypicalLook = 500;

constexpr pg::Query kNewest{"session_newest", R"sql(
    SELECT id, reservation, attempt, namespace_name, host, phase, reason, failed, endpoints, created_at,
        ready_at, stopping_at, gone_at
    FROM berth.session
    WHERE reservation = $1
    ORDER BY attempt DESC
    LIMIT 1
)sql"};
constexpr pg::Query kSteps{"session_steps", R"sql(
    SELECT name, state, started_at, finished_at, tries, next_try_at, detail
    FROM berth.step
    WHERE session = $1
    ORDER BY ordinal
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

}  // namespace

Result<SessionView> load_session(pg::Connection& connection, const model::Viewer& viewer,
                                 const model::ReservationId& reservation) {
  const auto booked = load_reservation(connection, viewer, reservation);
  if (!booked) return fail(booked.error());

  const auto newest = connection.exec(kNewest, reservation);
  if (!newest) return fail(within("read a session", newest.error()));
  if (newest->empty()) {
    return fail(Code::kNotFound, "this reservation has no session: it has not begun", "no_session");
  }

  pg::Batch batch;
  batch.add(kSteps, newest->front().get<model::SessionId>("id"));
  batch.add(kTypical, std::vector<model::StepName>(model::kSteps.begin(), model::kSteps.end()),
            booked->reservation.device_class, kTypicalSample, kTypicalLook);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a session's steps", answers.error()));
  std::vector<model::Step> steps;
  for (const auto& row : answers->at(0)) {
    auto step = read_step(row);
    if (!step) return fail(step.error());
    steps.push_back(std::move(*step));
  }
  auto session = read_session(newest->front(), std::move(steps));
  if (!session) return fail(session.error());
  SessionView view{std::move(*session), {}};
  for (const auto& row : answers->at(1)) {
    const auto name = known<model::StepName>(row, "name", "step");
    if (!name) return fail(name.error());
    view.typical_seconds.emplace(*name, row.get<double>("seconds"));
  }
  return view;
}

}  // namespace berth::store
