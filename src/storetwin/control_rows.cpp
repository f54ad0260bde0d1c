// store::ControlRows on the twin's rows.
#include "store/control_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/author.hpp"
#include "storetwin/change.hpp"
#include "storetwin/desired.hpp"
#include "storetwin/homes.hpp"
#include "storetwin/session_writes.hpp"
#include "storetwin/twin.hpp"

namespace berth::storetwin {
namespace {

constexpr std::chrono::hours kEventsKept{48};

class TwinControlRows final : public store::ControlRows {
 public:
  TwinControlRows(const Clock& clock, const Declared& declared, Rows& rows)
      : clock_(clock), declared_(declared), rows_(rows) {}

  Result<std::string> installation() override { return declared_.installation; }

  Result<std::vector<std::string>> clusters() override {
    std::vector<std::string> names;
    for (const auto& [name, cluster] : declared_.clusters) names.push_back(name);
    return names;
  }

  Result<store::Lead> take_lead(const std::string& cluster, const std::string& holder) override {
    if (!declared_.clusters.contains(cluster)) {
      return fail(Code::kConflict, fmt::format("cluster {} is not declared", cluster), "unknown_cluster");
    }
    auto& leader = rows_.leaders[cluster];
    leader = {leader.epoch + 1, holder, clock_.now()};
    std::optional<Instant> newest;
    for (const auto& [id, row] : rows_.tables.sessions) {
      if (row.cluster != cluster) continue;
      newest = std::max(newest.value_or(row.session.created_at), row.session.created_at);
    }
    return store::Lead{cluster, leader.epoch, holder, newest};
  }

  Result<planning::Desired> desired(const std::string& cluster) override {
    return read_desired(declared_, rows_.tables, cluster, clock_.now());
  }

  Result<bool> begin_session(const store::Lead& lead, const model::ReservationId& reservation, int attempt,
                             const store::NewSession& session) override {
    return write<Result<bool>>(lead, [&](Change& it) {
      auto begun = session_writes::begin(it, lead.cluster, reservation, attempt, session);
      if (begun && *begun) homes::take(it, declared_, lead.cluster, session.id);
      return begun;
    });
  }

  Status close_reservation(const store::Lead& lead, const planning::CloseReservation& closed) override {
    return write(lead, [&](Change& it) { session_writes::close(it, closed); });
  }

  Status record_steps(const store::Lead& lead, const model::SessionId& session,
                      const std::vector<model::Step>& steps) override {
    return write(lead, [&](Change& it) { session_writes::record(it, session, steps); });
  }

  Status publish_endpoints(const store::Lead& lead, const model::SessionId& session,
                           const std::vector<model::Endpoint>& endpoints) override {
    return write(lead, [&](Change& it) { session_writes::publish(it, session, endpoints); });
  }

  Result<bool> set_phase(const store::Lead& lead, const model::SessionId& session,
                         const planning::SetPhase& phase) override {
    return write<Result<bool>>(lead,
                               [&](Change& it) { return session_writes::set_phase(it, session, phase); });
  }

  Status finish_session(const store::Lead& lead, const model::SessionId& session,
                        const planning::FinishSession& outcome) override {
    return write(lead, [&](Change& it) {
      session_writes::finish(it, session, outcome);
      homes::give_back(it, declared_, session);
    });
  }

  Status move_units(const store::Lead& lead, const model::SessionId& session,
                    const planning::MoveUnits& move) override {
    return write<Status>(
        lead, [&](Change& it) { return session_writes::move_units(it, declared_, session, move); });
  }

  Status add_hold(const store::Lead& lead, const model::SessionId& session, model::UnitId unit,
                  const std::string& why) override {
    return write<Status>(lead,
                         [&](Change& it) { return session_writes::hold(it, declared_, session, unit, why); });
  }

  Status release_holds(const store::Lead& lead, const model::SessionId& session) override {
    return write(lead, [&](Change& it) { session_writes::release_holds(it, session); });
  }

  Result<bool> hear_wish(const store::Lead& lead, const model::SessionId& session,
                         const said::Wish& wish) override {
    return write<Result<bool>>(
        lead, [&](Change& it) -> Result<bool> { return session_writes::hear_wish(it, session, wish); });
  }

  Status hear_activity(const store::Lead& lead, const std::vector<planning::NewActivity>& said) override {
    return write(lead, [&](Change& it) {
      for (const auto& one : said) session_writes::hear_activity(it, one);
    });
  }

  Status hear_device_use(const store::Lead& lead, const std::vector<store::DeviceSample>& samples) override {
    return write(lead, [&](Change& it) {
      for (const auto& one : samples) session_writes::hear_device_use(it, one);
    });
  }

  Result<std::optional<std::string>> keep_home(const store::Lead& lead, const model::SessionId& session,
                                               const store::FoundHome& home) override {
    return write<Result<std::optional<std::string>>>(lead,
                                                     [&](Change& it) -> Result<std::optional<std::string>> {
                                                       return homes::keep(it, declared_, session, home);
                                                     });
  }

  Result<bool> leave_home(const store::Lead& lead, const model::SessionId& session,
                          const std::string& home) override {
    return write<Result<bool>>(
        lead, [&](Change& it) -> Result<bool> { return homes::leave(it, declared_, session, home); });
  }

  Result<bool> let_home_go(const store::Lead& lead, const std::string& home) override {
    return write<Result<bool>>(
        lead, [&](Change& it) -> Result<bool> { return homes::let_go(it, declared_, home); });
  }

  Status close_home(const store::Lead& lead, const std::string& home) override {
    return write(lead, [&](Change& it) { homes::close(it, home); });
  }

  Result<std::set<std::string>> homes() override {
    std::set<std::string> ids;
    for (const auto& [id, row] : rows_.tables.homes) {
      if (!row.gone_at) ids.insert(id);
    }
    return ids;
  }

  Status keep_outages(const store::Lead& lead, const planning::KeepOutages& outages) override {
    return write<Status>(lead,
                         [&](Change& it) { return session_writes::keep_outages(it, declared_, outages); });
  }

  Status keep_layout(const store::Lead& lead, const planning::KeepLayout& keep) override {
    return write<Status>(lead, [&](Change& it) { return session_writes::keep_layout(it, keep); });
  }

  Status answer_kubeconfig(const store::Lead& lead, const std::string& request,
                           const std::vector<std::byte>&) override {
    return write(lead, [&](Change& change) {
      for (auto& one : change.tables.kubeconfigs) one.answered = one.answered || one.id == request;
    });
  }

  Status drop_kubeconfig(const store::Lead& lead, const std::string& request) override {
    return write(lead, [&](Change& change) {
      std::erase_if(change.tables.kubeconfigs,
                    [&](const planning::KubeconfigRequest& one) { return one.id == request; });
    });
  }

  Result<store::NamespaceRows> namespaces(const std::vector<std::string>& names) override {
    store::NamespaceRows out;
    for (const auto& [id, row] : rows_.tables.sessions) {
      const bool live = row.session.phase != model::SessionPhase::kGone;
      const auto& name = row.session.namespace_name;
      const bool asked = names.empty() ? live : std::find(names.begin(), names.end(), name) != names.end();
      if (asked) (live ? out.live : out.gone).insert(name);
    }
    return out;
  }

  Status report_finding(const store::Lead& lead, const planning::ReportFinding& it) override {
    return write(lead, [&](Change& change) {
      if (open_finding(change, lead.cluster, it.kind, it.object) != nullptr) return;
      change.tables.findings.push_back(
          {lead.cluster, it.kind, it.object, it.detail, it.planned_action, change.now(), {}});
    });
  }

  Status resolve_finding(const store::Lead& lead, const planning::ResolveFinding& it) override {
    return write(lead, [&](Change& change) {
      if (auto* open = open_finding(change, lead.cluster, it.kind, it.object))
        open->resolved_at = change.now();
    });
  }

  Status beat(const store::Lead& lead, const store::Heartbeat& it) override {
    if (auto leads = fence(lead); !leads) return leads;
    const auto cycle = std::chrono::duration_cast<std::chrono::milliseconds>(it.cycle);
    rows_.beats[lead.cluster] = {lead.epoch,  lead.holder, clock_.now(),     cycle,
                                 it.sessions, it.problem,  it.unheard_since, it.starts_wait};
    return {};
  }

  Result<std::string> starts_wait(const std::string& cluster) override {
    const auto beat = rows_.beats.find(cluster);
    return beat == rows_.beats.end() ? std::string() : beat->second.starts_wait;
  }

  Status maintain(const store::Lead& lead) override {
    if (auto leads = fence(lead); !leads) return leads;
    auto& events = rows_.events;
    if (events.empty()) return {};
    // The newest stays, so that whoever has seen it is not told to look at everything.
    const auto newest = std::prev(events.end());
    events.erase(std::remove_if(events.begin(), newest,
                                [&](const Event& one) { return one.at < clock_.now() - kEventsKept; }),
                 newest);
    return {};
  }

 private:
  static Finding* open_finding(Change& change, const std::string& cluster, const std::string& kind,
                               const std::string& object) {
    for (auto& one : change.tables.findings) {
      if (one.cluster == cluster && one.kind == kind && one.object == object && !one.resolved_at) return &one;
    }
    return nullptr;
  }

  Status fence(const store::Lead& lead) const {
    const auto leader = rows_.leaders.find(lead.cluster);
    if (leader != rows_.leaders.end() && leader->second.epoch == lead.epoch) return {};
    return fail(Code::kConflict, fmt::format("epoch {} of cluster {} is over", lead.epoch, lead.cluster),
                std::string(store::kStaleEpoch));
  }

  /// `work` answers an Answer; where that is an error, nothing is changed.
  template <typename Answer, typename Work>
  Answer write(const store::Lead& lead, Work&& work) {
    if (auto leads = fence(lead); !leads) return fail(leads.error());
    Change change(rows_, clock_.now(), store::reconciler_author(lead.cluster).actor);
    Answer answer = work(change);
    if (answer) std::move(change).commit(rows_);
    return answer;
  }

  /// For work that cannot fail.
  template <typename Work>
  Status write(const store::Lead& lead, Work&& work) {
    return write<Status>(lead, [&](Change& change) -> Status {
      work(change);
      return {};
    });
  }

  const Clock& clock_;
  const Declared& declared_;
  Rows& rows_;
};

}  // namespace

std::unique_ptr<store::ControlRows> Twin::open() {
  return std::make_unique<TwinControlRows>(clock_, declared_, rows_);
}

}  // namespace berth::storetwin
