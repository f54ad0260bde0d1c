#include "store/control_rows.hpp"

#include <fmt/format.h>

#include "store/author.hpp"
#include "store/clusters.hpp"
#include "store/desired_rows.hpp"
#include "store/home_writes.hpp"
#include "store/layout_rows.hpp"
#include "store/outages.hpp"
#include "store/session_writes.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kInstallation{"control_installation",
                                  R"sql(SELECT id::text AS id FROM berth.installation)sql"};

// A database that was restored knows no session as new as what may be in the cluster: nothing that it does
// not know is its own to end, whatever it begins from now on (decision 58).
constexpr pg::Query kTakeLead{"control_take_lead", R"sql(
    INSERT INTO berth.leader AS l (cluster, epoch, holder, since)
    SELECT name, 1, $2::text, clock_timestamp()
    FROM berth.cluster
    WHERE name = $1
    ON CONFLICT (cluster) DO UPDATE
    SET epoch = l.epoch + 1, holder = excluded.holder, since = excluded.since
    RETURNING epoch, (
      SELECT max(created_at)
      FROM berth.session
      WHERE cluster = $1 AND NOT EXISTS (SELECT FROM berth.installation WHERE restored_at IS NOT NULL)
    ) AS newest_session
)sql"};

// The fence: the row is locked against a new leader until this write is committed, and not there for a stale
// one.
constexpr pg::Query kFence{"control_fence", R"sql(
    SELECT 1 AS one
    FROM berth.leader
    WHERE cluster = $1 AND epoch = $2
    FOR SHARE
)sql"};

constexpr pg::Query kLiveNamespaces{"control_live_namespaces", R"sql(
    SELECT namespace_name, true AS live
    FROM berth.session
    WHERE phase <> 'Gone'
)sql"};
constexpr pg::Query kNamespaces{"control_namespaces", R"sql(
    SELECT namespace_name, phase <> 'Gone' AS live
    FROM berth.session
    WHERE namespace_name = ANY($1::text[])
)sql"};

constexpr pg::Query kReport{"control_report_finding", R"sql(
    INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp())
    ON CONFLICT DO NOTHING
)sql"};
constexpr pg::Query kResolve{"control_resolve_finding", R"sql(
    UPDATE berth.finding
    SET resolved_at = clock_timestamp()
    WHERE cluster = $1
      AND kind = $2
      AND object = $3
      AND resolved_at IS NULL
)sql"};

constexpr pg::Query kAnswerKubeconfig{"control_answer_kubeconfig",
                                      R"sql(SELECT berth.answer_kubeconfig($1::uuid, $2) AS done)sql"};
constexpr pg::Query kDropKubeconfig{"control_drop_kubeconfig",
                                    R"sql(SELECT berth.drop_kubeconfig($1::uuid) AS done)sql"};

constexpr pg::Query kBeat{"control_beat", R"sql(
    INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions, problem, unheard_since,
        starts_wait)
    VALUES ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8)
    ON CONFLICT (cluster) DO UPDATE
    SET holder = excluded.holder, epoch = excluded.epoch, at = excluded.at,
        cycle_millis = excluded.cycle_millis, sessions = excluded.sessions, problem = excluded.problem,
        unheard_since = excluded.unheard_since, starts_wait = excluded.starts_wait
)sql"};

constexpr pg::Query kStartsWait{"control_starts_wait", R"sql(
    SELECT coalesce(starts_wait, '') AS why
    FROM berth.heartbeat
    WHERE cluster = $1
)sql"};

constexpr pg::Query kMaintain{"control_maintain", R"sql(
    SELECT berth.audit_prepare_partitions() AS made, berth.audit_drop_expired() AS dropped,
        (SELECT web_sessions FROM berth.housekeep()) AS cleaned
)sql"};

constexpr int kTries = 3;

class PgControlRows final : public ControlRows {
 public:
  PgControlRows(pg::Settings settings, Log log) : settings_(std::move(settings)), log_(std::move(log)) {}

  Result<std::string> installation() override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kInstallation);
    if (!rows) return fail(rows.error());
    return rows->front().get<std::string>("id");
  }

  Result<std::vector<std::string>> clusters() override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    return cluster_names(*connection_);
  }

  Result<Lead> take_lead(const std::string& cluster, const std::string& holder) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kTakeLead, cluster, holder);
    if (!rows) return fail(within("raise the epoch", rows.error()));
    if (rows->empty()) {
      return fail(
          Code::kConflict,
          fmt::format("cluster {0} is not declared: berth apply -f a file with kind: Cluster and name: {0}",
                      cluster),
          "unknown_cluster");
    }
    const auto& row = rows->front();
    return Lead{cluster, row.get<std::int64_t>("epoch"), holder,
                row.get<std::optional<Instant>>("newest_session")};
  }

  Result<planning::Desired> desired(const std::string& cluster) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto transaction =
        pg::Transaction::begin(*connection_, pg::Isolation::kRepeatableRead, pg::Access::kReadOnly);
    if (!transaction) return fail(transaction.error());
    auto desired = read_desired(*transaction, cluster);
    if (!desired) return desired;
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return desired;
  }

  Result<bool> begin_session(const Lead& lead, const model::ReservationId& reservation, int attempt,
                             const NewSession& session) override {
    return write_one<bool>(lead, [&](pg::Transaction& transaction) {
      return session_writes::begin(transaction, lead.cluster, reservation, attempt, session);
    });
  }

  Status close_reservation(const Lead& lead, const planning::CloseReservation& closed) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::close(it, closed); });
  }

  Status record_steps(const Lead& lead, const model::SessionId& session,
                      const std::vector<model::Step>& steps) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::record(it, session, steps); });
  }

  Status publish_endpoints(const Lead& lead, const model::SessionId& session,
                           const std::vector<model::Endpoint>& endpoints) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::publish(it, session, endpoints); });
  }

  Result<bool> set_phase(const Lead& lead, const model::SessionId& session,
                         const planning::SetPhase& phase) override {
    return write_one<bool>(
        lead, [&](pg::Transaction& it) { return session_writes::set_phase(it, session, phase); });
  }

  Status finish_session(const Lead& lead, const model::SessionId& session,
                        const planning::FinishSession& outcome) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::finish(it, session, outcome); });
  }

  Status move_units(const Lead& lead, const model::SessionId& session,
                    const planning::MoveUnits& move) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::move_units(it, session, move); });
  }

  Status add_hold(const Lead& lead, const model::SessionId& session, model::UnitId unit,
                  const std::string& why) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::hold(it, session, unit, why); });
  }

  Status release_holds(const Lead& lead, const model::SessionId& session) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::release_holds(it, session); });
  }

  Result<bool> hear_wish(const Lead& lead, const model::SessionId& session, const said::Wish& wish) override {
    return write_one<bool>(lead,
                           [&](pg::Transaction& it) { return session_writes::hear_wish(it, session, wish); });
  }

  Status hear_activity(const Lead& lead, const std::vector<planning::NewActivity>& said) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::hear_activity(it, said); });
  }

  Status hear_device_use(const Lead& lead, const std::vector<DeviceSample>& samples) override {
    return write(lead, [&](pg::Transaction& it) { return session_writes::hear_device_use(it, samples); });
  }

  Result<std::optional<std::string>> keep_home(const Lead& lead, const model::SessionId& session,
                                               const FoundHome& home) override {
    return write_one<std::optional<std::string>>(
        lead, [&](pg::Transaction& it) { return store::keep_home(it, session, home); });
  }

  Result<bool> leave_home(const Lead& lead, const model::SessionId& session,
                          const std::string& home) override {
    return write_one<bool>(lead, [&](pg::Transaction& it) { return store::leave_home(it, session, home); });
  }

  Result<bool> let_home_go(const Lead& lead, const std::string& home) override {
    return write_one<bool>(lead, [&](pg::Transaction& it) { return store::let_home_go(it, home); });
  }

  Status close_home(const Lead& lead, const std::string& home) override {
    return write(lead, [&](pg::Transaction& it) { return store::close_home(it, home); });
  }

  Result<std::set<std::string>> homes() override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    return read_home_ids(*connection_);
  }

  Status keep_outages(const Lead& lead, const planning::KeepOutages& outages) override {
    return write(lead, [&](pg::Transaction& it) { return store::keep_outages(it, outages); });
  }

  Status keep_layout(const Lead& lead, const planning::KeepLayout& keep) override {
    return write(lead, [&](pg::Transaction& it) { return store::keep_layout(it, keep); });
  }

  Status answer_kubeconfig(const Lead& lead, const std::string& request,
                           const std::vector<std::byte>& sealed) override {
    return write(lead, [&](pg::Transaction& transaction) {
      if (auto named = name_action(transaction, "kubeconfig.answered"); !named) return named;
      return run(transaction, kAnswerKubeconfig, request, sealed);
    });
  }

  Status drop_kubeconfig(const Lead& lead, const std::string& request) override {
    return write(lead, [&](pg::Transaction& transaction) {
      if (auto named = name_action(transaction, "kubeconfig.dropped"); !named) return named;
      return run(transaction, kDropKubeconfig, request);
    });
  }

  Result<NamespaceRows> namespaces(const std::vector<std::string>& names) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = names.empty() ? connection_->exec(kLiveNamespaces) : connection_->exec(kNamespaces, names);
    if (!rows) return fail(within("read namespaces", rows.error()));
    NamespaceRows out;
    for (const auto& row : *rows) {
      (row.get<bool>("live") ? out.live : out.gone).insert(row.get<std::string>("namespace_name"));
    }
    return out;
  }

  Status report_finding(const Lead& lead, const planning::ReportFinding& it) override {
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kReport, lead.cluster, it.kind, it.object, it.detail, it.planned_action);
    });
  }

  Status resolve_finding(const Lead& lead, const planning::ResolveFinding& it) override {
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kResolve, lead.cluster, it.kind, it.object);
    });
  }

  Status beat(const Lead& lead, const Heartbeat& heartbeat) override {
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(heartbeat.cycle).count();
    return write(lead, [&](pg::Transaction& transaction) {
      return run(transaction, kBeat, lead.cluster, lead.holder, lead.epoch, millis, heartbeat.sessions,
                 heartbeat.problem, heartbeat.unheard_since, heartbeat.starts_wait);
    });
  }

  Result<std::string> starts_wait(const std::string& cluster) override {
    if (auto ready = connect(); !ready) return fail(ready.error());
    auto rows = connection_->exec(kStartsWait, cluster);
    if (!rows) return fail(rows.error());
    return rows->empty() ? std::string() : rows->front().get<std::string>("why");
  }

  Status maintain(const Lead& lead) override {
    return write(lead, [&](pg::Transaction& transaction) { return run(transaction, kMaintain); });
  }

 private:
  Status connect() {
    if (connection_ && !connection_->broken() && connection_->still_open()) return {};
    connection_.reset();
    auto made = pg::Connection::connect(settings_);
    if (!made) return fail(within("connect to the database", made.error()));
    connection_.emplace(std::move(*made));
    return {};
  }

  template <typename... Args>
  static Status run(pg::Transaction& transaction, const pg::Query& query, const Args&... args) {
    auto rows = transaction.exec(query, args...);
    if (!rows) return fail(rows.error());
    return {};
  }

  /// One transaction that begins with the fence and the author.
  template <typename Work>
  Status write(const Lead& lead, Work&& work) {
    if (auto ready = connect(); !ready) return ready;
    return pg::retry_serializable(
        *connection_, pg::Isolation::kReadCommitted, kTries, [&](pg::Transaction& transaction) -> Status {
          auto fence = transaction.exec(kFence, lead.cluster, lead.epoch);
          if (!fence) return fail(fence.error());
          if (fence->empty()) {
            return fail(Code::kConflict,
                        fmt::format("epoch {} of cluster {} is over", lead.epoch, lead.cluster),
                        std::string(kStaleEpoch));
          }
          if (auto named = name_author(transaction, reconciler_author(lead.cluster)); !named) return named;
          return work(transaction);
        });
  }

  /// The same for work that answers something: what its last try, which was committed, answered.
  template <typename T, typename Work>
  Result<T> write_one(const Lead& lead, Work&& work) {
    T answer{};
    auto done = write(lead, [&](pg::Transaction& transaction) -> Status {
      auto tried = work(transaction);
      if (!tried) return fail(tried.error());
      answer = std::move(*tried);
      return {};
    });
    if (!done) return fail(done.error());
    return answer;
  }

  pg::Settings settings_;
  Log log_;
  std::optional<pg::Connection> connection_;
};

}  // namespace

std::unique_ptr<ControlRows> open_control_rows(pg::Settings settings, Log log) {
  return std::make_unique<PgControlRows>(std::move(settings), std::move(log));
}

}  // namespace berth::store
