#include "reconciler/reconciler.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "pg/listener.hpp"
#include "reconciler/cycle.hpp"
#include "reconciler/device_meter.hpp"
#include "reconciler/executor.hpp"
#include "reconciler/observer.hpp"
#include "reconciler/pace.hpp"
#include "reconciler/wake.hpp"
#include "store/bookings.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Events come in bursts: one look for many of them.
constexpr milliseconds kBetweenCycles{10};
/// The heartbeat is for people and pages; once in this time is enough.
constexpr milliseconds kBetweenBeats{5'000};
/// `once` gives up looking again at once after this many cycles: something keeps changing.
constexpr int kMaxCyclesOfOnce = 200;

std::string holder_name(Random& random) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{}-{}-{}", host.data(), getpid(), random_name_part(random, 5));
}

Status check_cluster(store::ControlRows& control, const std::string& cluster) {
  auto clusters = control.clusters();
  if (!clusters) return fail(within("list the declared clusters", clusters.error()));
  if (clusters->empty() || std::find(clusters->begin(), clusters->end(), cluster) != clusters->end())
    return {};
  auto error = invalid_field("cluster", cluster, fmt::format("one of {}", fmt::join(*clusters, ", ")),
                             fmt::format("no cluster named \"{}\" is declared; declared are {}", cluster,
                                         fmt::join(*clusters, ", ")));
  error.slug = kUnknownCluster;
  return fail(std::move(error));
}

}  // namespace

class Reconciler::Impl {
 public:
  Impl(Settings settings, kube::ClientFactory cluster, std::string installation, kube::Discovery discovery,
       Log log)
      : settings_(std::move(settings)),
        cluster_(std::move(cluster)),
        installation_(std::move(installation)),
        discovery_(std::move(discovery)),
        log_(std::move(log)),
        reader_(store::open_control_rows(settings_.database, log_)),
        pace_(settings_.cycle_every),
        presence_(std::make_shared<kube::Presence>(cluster_, [this] { wake_.raise(); }, log_)) {
    SystemRandom random;
    holder_ = holder_name(random);
    observer_ = std::make_unique<Observer>(
        cluster_, installation_, discovery_, [this] { wake_.raise(); }, log_,
        ObserverSettings{.unheard_too_long = settings_.unheard_too_long,
                         .bookmark_patience = settings_.bookmark_patience,
                         .presence = presence_,
                         .on_said = [this](Steady::time_point at) { wake_.raise_at(at); }});
    std::vector<Worker> workers;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, settings_.sessions_at_once); ++i) {
      auto client = cluster_.client(ending_.get_token());
      client.set_write_guard([this] { return leads(); });
      workers.push_back({store::open_control_rows(settings_.database, log_),
                         ClusterWrites(std::move(client), *observer_, installation_, cluster_.endpoint())});
    }
    executor_ = std::make_unique<Executor>(
        std::move(workers), [this] { return leads(); }, [this] { count_effect(); }, log_,
        [this] { return presence_->look(); });
  }

  ~Impl() { ending_.request_stop(); }

  /// A fault of the program ends it, and leaves a line in the log that says which.
  Status run(const std::stop_token& stop) {
    try {
      return run_until(stop);
    } catch (const std::exception& fault) {
      log_.error("the cycle's thread ends for a fault of the program", {{"error", fault.what()}});
      election_.reset();
      return fail(Code::kInternal, fmt::format("a fault of the program: {}", fault.what()));
    }
  }

  Status run_until(const std::stop_token& stop) {
    if (auto ready = prepare(stop); !ready) return ready;
    const std::jthread listening([this](const std::stop_token& ended) { listen(ended); });
    meter_ = std::make_unique<DeviceMeter>(cluster_, log_);
    auto next_cycle = Steady::now();
    auto next_sweep = Steady::now();
    auto next_maintenance = Steady::now();
    while (!stop.stop_requested()) {
      wake_.wait_until(next_cycle, stop);
      if (stop.stop_requested()) break;
      if (!take_lead()) {
        next_cycle = Steady::now() + kAfterFailure;
        continue;
      }
      const auto begun = Steady::now();
      next_cycle = begun + cycle();
      if ((Steady::now() >= next_sweep || sweep_soon_) && lead_) {
        sweep();
        next_sweep = Steady::now() + settings_.sweep_every;
      }
      if (Steady::now() >= next_maintenance && lead_) {
        maintain();
        next_maintenance = Steady::now() + settings_.maintain_every;
      }
      std::this_thread::sleep_until(begun + kBetweenCycles);
    }
    election_.reset();
    return {};
  }

  Status once(const std::stop_token& stop) {
    if (auto ready = prepare(stop); !ready) return ready;
    const auto patience = Steady::now() + 2 * settings_.election.lease_duration;
    while (!take_lead()) {
      if (stop.stop_requested()) return fail(Code::kUnavailable, "stopped while waiting to lead");
      if (Steady::now() > patience) {
        return fail(Code::kConflict, fmt::format("another reconciler leads: {}", election_->holder()));
      }
      wake_.wait_until(Steady::now() + milliseconds(200), stop);
    }
    for (int i = 0; i < kMaxCyclesOfOnce && lead_ && !stop.stop_requested(); ++i) {
      const auto wait = cycle();
      if (wait > kAfterFailure) break;
      wake_.wait_until(Steady::now() + wait, stop);
    }
    if (lead_) sweep();
    if (lead_) maintain();
    if (!lead_ && problem_.empty()) problem_ = "another reconciler took the lead meanwhile";
    election_.reset();
    if (!problem_.empty()) return fail(Code::kUnavailable, problem_);
    return {};
  }

  Result<std::vector<std::string>> plan_lines() {
    if (!observer_->wait_synced(settings_.sync_patience)) return fail(observer_->observe().error());
    const auto desired = reader_->desired(settings_.cluster);
    if (!desired) return fail(within("read reservations", desired.error()));
    auto observed = observer_->observe();
    if (!observed) return fail(within("observe the cluster", observed.error()));
    // Whether fences can be put right is known to who tries: the one that leads.
    auto starts_wait = reader_->starts_wait(settings_.cluster);
    if (!starts_wait) return fail(within("read the heartbeat", starts_wait.error()));
    observed->starts_wait = std::move(*starts_wait);
    observed->layout_patience = settings_.layout_patience;
    std::vector<std::string> lines;
    if (!observed->watch_trouble.empty()) lines.push_back("nothing is started: " + observed->watch_trouble);
    for (const auto& one : desired->unreadable) lines.push_back(one.object + " is left alone: " + one.detail);
    const auto plan = planning::plan(*desired, *observed);
    for (const auto& fence : plan.fences) lines.push_back(planning::describe(fence));
    for (const auto& action : plan.actions) lines.push_back(planning::describe(action));
    for (const auto& idle : plan.idle) lines.push_back(planning::describe(idle));
    return lines;
  }

 private:
  bool leads() const { return election_ && election_->is_leader(); }

  /// Everything that leading needs, but no lead yet.
  Status prepare(const std::stop_token& stop) {
    if (!wait_synced(stop) && !stop.stop_requested()) {
      log_.warning("the cluster has not been listed yet; going on waiting",
                   {{"error", observer_->observe().error().message}});
    }
    if (auto made = make_lease_namespace(stop); !made) return made;
    auto election = settings_.election;
    election.ns = settings_.lease_namespace;
    election.lease_name = fmt::format("berth-{}", installation_);
    election.identity = holder_;
    election.field_manager = std::string(manifests::kFieldManager);
    election.presence = presence_;
    auto started = kube::LeaderElection::start(cluster_, election,
                                               {[this] { wake_.raise(); }, [this] { wake_.raise(); }}, log_);
    if (!started) return fail(within("take part in the election", started.error()));
    election_ = std::move(*started);
    return {};
  }

  bool wait_synced(const std::stop_token& stop) const {
    const auto until = Steady::now() + settings_.sync_patience;
    while (!stop.stop_requested() && Steady::now() < until) {
      if (observer_->wait_synced(milliseconds(100))) return true;
    }
    return observer_->wait_synced(milliseconds(0));
  }

  /// The Lease's home. Not labelled as ours to manage: several installations share it, nobody sweeps it.
  Status make_lease_namespace(const std::stop_token& stop) {
    auto client = cluster_.client(stop);
    const json::value body = {
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", settings_.lease_namespace}}}};
    auto made = client.create(kube::resources::namespaces(), "", body,
                              {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
    if (!made && made.error().slug != "AlreadyExists") {
      return fail(within(fmt::format("make namespace {}", settings_.lease_namespace), made.error()));
    }
    return {};
  }

  bool take_lead() {
    if (!election_->is_leader()) {
      if (lead_) log_.warning("lost the lead", {{"holder", election_->holder()}});
      lead_.reset();
      tell_standby();
      return false;
    }
    if (lead_) return true;
    auto lead = executor_->first().control->take_lead(settings_.cluster, holder_);
    if (!lead) {
      log_.error("cannot raise the epoch", {{"error", lead.error().message}});
      return false;
    }
    lead_ = *lead;
    told_leader_.clear();
    log_.info("leading", {{"cluster", lead_->cluster}, {"epoch", lead_->epoch}, {"holder", holder_}});
    return true;
  }

  /// Whoever looks at this one's log has to see why it does nothing.
  void tell_standby() {
    auto leader = election_->holder();
    if (leader.empty() || leader == holder_ || leader == told_leader_) return;
    log_.info("standing by: another reconciler leads", {{"leader", leader}, {"holder", holder_}});
    told_leader_ = std::move(leader);
  }

  /// Gives how long to wait for the next one when nothing raises the flag before.
  milliseconds cycle() {
    const auto begun = Steady::now();
    const auto done = run_cycle(*executor_, *observer_, *lead_, settings_.layout_patience);
    if (!done) return trouble(done.error());
    const auto& report = done->report;
    tell_watch_trouble(done->watch_trouble);
    problem_ = done->watch_trouble;
    sweep_soon_ = done->news_of_rows;
    unheard_since_ = done->unheard_since;
    starts_wait_ = done->starts_wait;
    tell_shared(report.told);
    if (!report.failed.empty()) problem_ += (problem_.empty() ? "" : "; ") + report.failed.front();
    if (report.lost_lead) lead_.reset();
    if (report.changed) {
      log_.info("cycle",
                {{"done", report.done},
                 {"failed", report.failed.size()},
                 {"millis", std::chrono::duration<double, std::milli>(Steady::now() - begun).count()}});
    }
    beat(Steady::now() - begun, done->sessions);
    tell_device_use(done->dcgm_exporter);
    return pace_.after(*done);
  }

  /// What the meter found since the last cycle. It is a fact and no state: what fails is a line in the log,
  /// and the next minute's is as good.
  void tell_device_use(const std::optional<model::DcgmExporter>& exporter) {
    if (meter_ == nullptr) return;
    meter_->ask(exporter);
    const auto samples = meter_->take();
    if (samples.empty() || !lead_) return;
    auto written = executor_->first().control->hear_device_use(*lead_, samples);
    if (!written)
      log_.warning("how busy devices are was not written down", {{"error", written.error().message}});
  }

  void tell_watch_trouble(const std::string& now) {
    if (now == watch_trouble_) return;
    if (now.empty()) {
      log_.info("all watches are heard again");
    } else {
      log_.warning("a watch is not heard: nothing is started until it is", {{"error", now}});
    }
    watch_trouble_ = now;
  }

  /// What an admin keeps otherwise is no failure: it is told, and the cycle goes on.
  void tell_shared(const std::vector<std::string>& told) {
    auto now = told.empty() ? std::string() : told.front();
    if (told.size() > 1) now += fmt::format(" And {} more.", told.size() - 1);
    if (now == shared_trouble_) return;
    if (now.empty()) {
      log_.info("the shared objects are as they should be again");
    } else {
      log_.warning("shared objects are not as they should be", {{"error", now}});
    }
    shared_trouble_ = std::move(now);
  }

  milliseconds trouble(const Error& error) {
    problem_ = error.message;
    log_.error("cycle failed", {{"error", error.message}});
    beat(milliseconds(0), 0);
    return kAfterFailure;
  }

  void beat(Steady::duration took, int sessions) {
    if (!lead_ || !election_->is_leader()) return;
    auto problem = problem_;
    if (!shared_trouble_.empty()) problem += (problem.empty() ? "" : "; ") + shared_trouble_;
    const bool news = problem != last_beat_problem_;
    if (!news && Steady::now() - last_beat_ < kBetweenBeats) return;
    const store::Heartbeat heartbeat{std::chrono::duration_cast<Duration>(took), sessions, problem,
                                     unheard_since_, starts_wait_};
    auto done = executor_->first().control->beat(*lead_, heartbeat);
    if (!done) {
      log_.warning("heartbeat failed", {{"error", done.error().message}});
      if (why_of(done.error()) == Why::kLostLead) lead_.reset();
      return;
    }
    last_beat_ = Steady::now();
    last_beat_problem_ = problem;
  }

  void sweep() {
    const auto done = run_sweep(*executor_, discovery_, installation_, *lead_);
    if (!done) {
      log_.warning("sweep failed", {{"error", done.error().message}});
      return;
    }
    const auto& report = done->report;
    if (report.lost_lead) lead_.reset();
    if (done->actions != 0) log_.info("sweep", {{"done", report.done}, {"failed", report.failed.size()}});
  }

  void maintain() {
    auto done = executor_->first().control->maintain(*lead_);
    if (!done) log_.warning("maintenance failed", {{"error", done.error().message}});
  }

  void listen(const std::stop_token& stop) {
    pg::Listener listener(settings_.database, {std::string(store::kWorkChannel)});
    while (!stop.stop_requested()) {
      const auto heard = listener.wait(std::chrono::milliseconds(1'000), stop);
      if (heard.may_have_missed || !heard.notifications.empty()) wake_.raise();
    }
  }

  void count_effect() {
    if (!settings_.exit_after_effects) return;
    if (effects_.fetch_add(1) + 1 >= *settings_.exit_after_effects) _exit(137);  // as if killed
  }

  Settings settings_;
  kube::ClientFactory cluster_;
  std::string installation_;
  kube::Discovery discovery_;
  Log log_;
  std::string holder_;
  Wake wake_;
  std::stop_source ending_;
  std::unique_ptr<store::ControlRows> reader_;
  Pace pace_;
  std::shared_ptr<kube::Presence> presence_;
  std::unique_ptr<kube::LeaderElection> election_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<DeviceMeter> meter_;  // of `run`
  std::optional<store::Lead> lead_;
  std::string problem_;
  std::string told_leader_;               // whom it stands by for, as it was last told
  std::string watch_trouble_;             // as it was last told
  std::optional<Instant> unheard_since_;  // by the database's clock
  std::string starts_wait_;               // why the last cycle brought nothing up
  std::string shared_trouble_;            // as it was last told
  bool sweep_soon_ = false;               // there is something to tell that its turn is too far off for
  std::string last_beat_problem_;
  Steady::time_point last_beat_{};
  std::atomic<int> effects_{0};
};

Result<std::unique_ptr<Reconciler>> Reconciler::create(Settings settings, kube::ClientFactory cluster,
                                                       Log log) {
  auto control = store::open_control_rows(settings.database, log);
  auto installation = control->installation();
  if (!installation) return fail(within("read the installation's id", installation.error()));
  if (auto known = check_cluster(*control, settings.cluster); !known) return fail(known.error());
  auto client = cluster.client();
  auto discovery = client.discover();
  if (!discovery) return fail(within("ask the cluster what it serves", discovery.error()));
  if (auto known = check_groups(*discovery); !known) return fail(known.error());
  return std::unique_ptr<Reconciler>(
      new Reconciler(std::make_unique<Impl>(std::move(settings), std::move(cluster), std::move(*installation),
                                            std::move(*discovery), std::move(log))));
}

Reconciler::Reconciler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reconciler::~Reconciler() = default;
Status Reconciler::run(const std::stop_token& stop) {
  return impl_->run(stop);
}
Status Reconciler::once(const std::stop_token& stop) {
  return impl_->once(stop);
}
Result<std::vector<std::string>> Reconciler::plan_lines() {
  return impl_->plan_lines();
}

}  // namespace berth::reconciler
