#include "store/sessions.hpp"

#include "store/codecs.hpp"
#include "store/reservation_rows.hpp"

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

model::Session read_session(const pg::Row& row) {
  model::Session session;
  session.id = row.get<model::SessionId>("id");
  session.reservation = row.get<model::ReservationId>("reservation");
  session.attempt = row.get<int>("attempt");
  session.namespace_name = row.get<std::string>("namespace_name");
  session.host = row.get<std::string>("host");
  session.phase = row.get<model::SessionPhase>("phase");
  session.reason = row.get<std::string>("reason");
  session.created_at = row.get<Instant>("created_at");
  session.ready_at = row.get<std::optional<Instant>>("ready_at");
  session.stopping_at = row.get<std::optional<Instant>>("stopping_at");
  session.gone_at = row.get<std::optional<Instant>>("gone_at");
  session.failed = row.get<bool>("failed");
  const auto endpoints = row.get<json::value>("endpoints");
  for (const auto& endpoint : endpoints.as_array()) {
    session.endpoints.push_back({string_at(endpoint, {"name"}), string_at(endpoint, {"url"})});
  }
  return session;
}

model::Step read_step(const pg::Row& row) {
  return {row.get<model::StepName>("name"),
          row.get<model::StepState>("state"),
          row.get<std::optional<Instant>>("started_at"),
          row.get<std::optional<Instant>>("finished_at"),
          row.get<int>("tries"),
          row.get<std::optional<Instant>>("next_try_at"),
          row.get<std::string>("detail")};
}

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
  SessionView view{read_session(newest->front()), {}};

  pg::Batch batch;
  batch.add(kSteps, view.session.id);
  batch.add(kTypical, std::vector<model::StepName>(model::kSteps.begin(), model::kSteps.end()),
            booked->reservation.device_class, kTypicalSample, kTypicalLook);
  const auto answers = connection.exec(batch);
  if (!answers) return fail(within("read a session's steps", answers.error()));
  for (const auto& row : answers->at(0)) view.session.steps.push_back(read_step(row));
  for (const auto& row : answers->at(1)) {
    view.typical_seconds.emplace(row.get<model::StepName>("name"), row.get<double>("seconds"));
  }
  return view;
}

}  // namespace berth::store
