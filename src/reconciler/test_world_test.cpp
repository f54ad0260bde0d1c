#include "reconciler/test_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "planning/planning.hpp"

namespace berth::reconciler {
namespace {

constexpr std::string_view kCluster = "default";
constexpr Duration kSlowly = seconds(3);
constexpr Duration kSlowStep = std::chrono::milliseconds(100);
constexpr int kQuietCycles = 4;

std::unique_ptr<simcluster::SimCluster> start_cluster(const model::Pool& pool, std::uint64_t seed,
                                                      simcluster::Delays delays, const Clock& clock) {
  simcluster::Settings settings;
  settings.flavour = lab_cluster().flavour == model::Flavour::kOpenshift ? simcluster::Flavour::kOpenshift
                                                                         : simcluster::Flavour::kPlain;
  settings.nodes = nodes_of(pool);
  settings.seed = seed;
  settings.serve = false;
  settings.tick = std::chrono::milliseconds(0);
  settings.delays = delays;
  return must(simcluster::SimCluster::start(settings, clock, Log::silent()));
}

kube::ClientSettings no_retries() {
  kube::ClientSettings settings;
  settings.max_tries = 1;  // waits would be real ones; the ledger tries again by the test's clock
  return settings;
}

}  // namespace

std::vector<simcluster::NodeDescription> nodes_of(const model::Pool& pool) {
  std::vector<simcluster::NodeDescription> nodes;
  for (const auto& node : pool.nodes) {
    simcluster::NodeDescription described;
    described.name = node.kubernetes_name;
    described.capacity = {
        {"cpu", "127"}, {"memory", "754Gi"}, {"ephemeral-storage", "3000Gi"}, {"pods", "250"}};
    std::map<std::string, int> slots;
    for (const auto& unit : pool.units) {
      if (unit.node == node.id) slots[unit.resource_name] += unit.replicas;
    }
    for (const auto& [name, count] : slots) described.capacity[name] = std::to_string(count);
    nodes.push_back(std::move(described));
  }
  return nodes;
}

TestWorld::TestWorld(std::uint64_t seed, simcluster::Delays delays)
    : clock_(must(parse_rfc3339("2026-11-24T08:10:00Z"))),
      random_(seed),
      installation_(random_uuid(random_)),
      twin_(clock_, installation_),
      user_{random_uuid(random_)} {
  declare(lab_cluster());
  pool_ = lab_pool();
  twin_.put_pool(pool_);
  twin_.put_user(user_, "ana@example.org");
  cluster_ = start_cluster(pool_, seed, delays, clock_);
  start_reconciler();
}

TestWorld::~TestWorld() {
  executor_.reset();
  observer_.reset();
}

void TestWorld::advance(Duration by) {
  // What follows from what became due is due only after that: the first seconds pass in small steps, so that
  // a pod comes up in them as it would.
  const auto to = clock_.now() + by;
  const auto slowly = std::min(to, clock_.now() + kSlowly);
  while (clock_.now() < slowly) {
    clock_.set(std::min(slowly, clock_.now() + kSlowStep));
    cluster_->tick();
  }
  clock_.set(to);
  cluster_->tick();
}

void TestWorld::declare(const model::Cluster& cluster) {
  twin_.put_cluster(cluster);
}

void TestWorld::declare(model::Pool pool) {
  pool_ = std::move(pool);
  twin_.put_pool(pool_);
}

void TestWorld::keep_homes(model::HomeRule rule) {
  pool_.policy.homes = rule;
  twin_.put_pool(pool_);
}

Result<storetwin::Outcome> TestWorld::try_book(const std::string& device_class, int units,
                                               std::optional<Instant> start, Instant end) {
  booking::Request request;
  request.pool = "lab";
  request.device_class = device_class;
  request.units = units;
  if (start) request.start = *start;
  request.end = end;
  return twin_.book({random_uuid(random_)}, user_, request);
}

model::ReservationId TestWorld::book(const std::string& device_class, int units, std::optional<Instant> start,
                                     Instant end) {
  auto outcome = must(try_book(device_class, units, start, end));
  if (!std::holds_alternative<model::Reservation>(outcome)) throw std::runtime_error("refused");
  return std::get<model::Reservation>(outcome).id;
}

kube::Client TestWorld::client() const {
  return {std::make_unique<TestLink>(*cluster_, nullptr, &webhook_), no_retries()};
}

void TestWorld::start_reconciler() {
  executor_.reset();
  observer_.reset();
  lead_.reset();
  const auto discovery = must(client().discover());
  auto watching = [this] { return std::make_unique<TestLink>(*cluster_, &gate_); };
  gate_.freeze();
  observer_ = std::make_unique<Observer>(
      kube::ClientFactory(watching, no_retries()), installation_, discovery, [] {}, Log::silent(),
      observer_settings_);
  if (!observer_->wait_synced(std::chrono::seconds(30))) throw std::runtime_error("the lists do not come");
  std::vector<Worker> workers;
  workers.push_back({twin_.open(), ClusterWrites(client(), *observer_, installation_)});
  executor_ = std::make_unique<Executor>(
      std::move(workers), [this] { return !effects_until_lost_ || *effects_until_lost_ > 0; },
      [this] {
        if (effects_until_lost_) --*effects_until_lost_;
        if (effects_left_ && --*effects_left_ <= 0) throw Killed();
      },
      Log::silent(), [this] { return away_since_; });
  lead_ = must(control().take_lead(std::string(kCluster), "test"));
}

void TestWorld::restart() {
  start_reconciler();
}

void TestWorld::take_cluster_away(bool away) {
  away_since_ = away ? std::optional(now()) : std::nullopt;
  lag(away);
  cluster_->clear_faults();
  if (!away) return;
  simcluster::Fault fault;
  fault.kind = simcluster::FaultKind::kCutBefore;
  fault.times = -1;
  must(cluster_->add_fault(fault));
}

void TestWorld::lag(bool on) {
  lagging_ = on;
  if (on) gate_.freeze();
}

planning::Desired TestWorld::desired() {
  return must(control().desired(std::string(kCluster)));
}

planning::Plan TestWorld::plan() {
  return planning::plan(desired(), observe());
}

/// A kill is thrown out of whatever runs; what led is gone then, as it is when it lost its lead.
template <typename Drive>
TestWorld::Driven TestWorld::drive(std::optional<int> effects, Drive&& one) {
  Driven out;
  effects_left_ = effects;
  try {
    static_cast<Cycle&>(out) = one();
  } catch (const Killed&) {
    out.killed = true;
  }
  effects_left_.reset();
  if (out.killed || out.report.lost_lead) restart();
  return out;
}

TestWorld::Driven TestWorld::cycle(std::optional<int> effects) {
  if (!lagging_) gate_.let_all_look();
  return drive(effects, [&] { return must(run_cycle(*executor_, *observer_, *lead_)); });
}

TestWorld::Driven TestWorld::execute(const planning::Plan& plan, std::optional<int> effects) {
  return drive(effects, [&] {
    Cycle cycle;
    cycle.actions = plan.things_to_do();
    cycle.report = executor_->execute(*lead_, plan);
    return cycle;
  });
}

planning::Observed TestWorld::observe() {
  if (!lagging_) gate_.let_all_look();
  return must(observer_->observe());
}

void TestWorld::sweep() {
  // Where a fault is in the way the next sweep looks again.
  (void)run_sweep(*executor_, must(client().discover()), installation_, *lead_);
}

bool TestWorld::settle(int most) {
  int quiet = 0;
  for (int i = 0; i < most; ++i) {
    const auto done = cycle();
    quiet = done.report.changed || !done.report.failed.empty() ? 0 : quiet + 1;
    if (quiet == kQuietCycles) {
      if (!done.next_try) return true;
      advance(*done.next_try - now());
      quiet = 0;
    }
    advance(seconds(1));
  }
  return false;
}

const model::Session& TestWorld::session(const model::ReservationId& id) const {
  const auto* latest = storetwin::session_of(tables(), id);
  if (latest == nullptr) throw std::runtime_error("no session");
  return *latest;
}

const model::Step& TestWorld::step(const model::ReservationId& id, model::StepName name) const {
  return session(id).steps.at(static_cast<std::size_t>(name));
}

int TestWorld::sessions_in(std::initializer_list<model::SessionPhase> phases) const {
  const auto& all = tables().sessions;
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const auto& entry) {
    return std::find(phases.begin(), phases.end(), entry.second.session.phase) != phases.end();
  }));
}

std::vector<storetwin::Finding> TestWorld::open_findings() const {
  std::vector<storetwin::Finding> open;
  std::copy_if(tables().findings.begin(), tables().findings.end(), std::back_inserter(open),
               [](const storetwin::Finding& one) { return !one.resolved_at; });
  return open;
}

TestWorld::Written TestWorld::written() const {
  const auto& rows = twin_.rows();
  return {rows.tables, rows.events.size(), rows.audited.size()};
}

}  // namespace berth::reconciler
