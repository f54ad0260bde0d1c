#include "reconciler/test_world.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/yaml.hpp"
#include "planning/planning.hpp"
#include "poolfile/poolfile.hpp"
#include "store/apply.hpp"
#include "store/migrations.hpp"
#include "store/users.hpp"

namespace berth::reconciler {
namespace {

constexpr std::string_view kCluster = "default";
constexpr Duration kSlowly = seconds(3);
constexpr Duration kSlowStep = std::chrono::milliseconds(100);
constexpr int kQuietCycles = 4;
constexpr std::string_view kLogin = "test_reconciler";

/// Any function that asks for the time by its plain name finds this one first, so that the store's own
/// statements run on the test's clock. Defaults of columns were bound when the tables were made and are bound
/// anew.
constexpr std::string_view kTestClock =
    "CREATE SCHEMA test_clock; GRANT USAGE ON SCHEMA test_clock TO PUBLIC;"
    "CREATE TABLE test_clock.shown (at timestamptz NOT NULL); GRANT SELECT ON test_clock.shown TO PUBLIC;"
    "INSERT INTO test_clock.shown VALUES (pg_catalog.clock_timestamp());"
    "CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS"
    " 'SELECT at FROM test_clock.shown';"
    "ALTER TABLE berth.session ALTER COLUMN created_at SET DEFAULT test_clock.clock_timestamp();"
    "ALTER TABLE berth.reservation ALTER COLUMN created_at SET DEFAULT test_clock.clock_timestamp();";

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

poolfile::Declared lab_file() {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/deploy/pools/lab.yaml");
  std::ostringstream all;
  all << file.rdbuf();
  return must(poolfile::parse_stream(must(yaml_documents(all.str()))));
}

model::Pool lab_pool() {
  return lab_file().pools.at(0);
}

model::Cluster lab_cluster() {
  return lab_file().clusters.at(0);
}

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

std::string_view reconciler_login(pg::Connection& owner) {
  must(
      owner.run(fmt::format("DO $$ BEGIN CREATE ROLE {} LOGIN IN ROLE berth_reconciler;"
                            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                            kLogin)));
  return kLogin;
}

TestWorld::TestWorld(std::uint64_t seed, simcluster::Delays delays)
    : clock_(must(parse_rfc3339("2026-11-24T08:10:00Z"))),
      database_(testsupport::postgres().fresh_database(embedded::migrations(), std::string(store::kSchema))) {
  {
    auto set_up = database_.connect();
    must(set_up.run(kTestClock));
    reconciler_login(set_up);
    must(set_up.run(fmt::format("ALTER DATABASE {} SET search_path = test_clock, pg_catalog, public",
                                pg::quote_identifier(database_.name()))));
  }
  owner_.emplace(database_.connect());
  must(owner_->run("SET berth.actor = 'owner'"));
  advance(Duration(0));
  portal_.emplace(database_.connect());
  must(portal_->run("SET ROLE berth_portal"));
  pool_ = must(store::apply(*portal_, store::owner_author(), lab_file())).pools.at(0).pool;
  auto transaction = must(store::begin_write(*portal_, store::owner_author()));
  user_ =
      must(store::create_user(transaction, {"ana@example.org", "Ana", model::Role::kMember, std::nullopt}));
  must(transaction.commit());
  installation_ = must(store::installation_id(*portal_));
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
  while (cluster_ && clock_.now() < slowly) {
    clock_.set(std::min(slowly, clock_.now() + kSlowStep));
    cluster_->tick();
  }
  clock_.set(to);
  must(owner_->run(fmt::format("UPDATE test_clock.shown SET at = '{}'", format_rfc3339(clock_.now()))));
  if (cluster_) cluster_->tick();
}

model::Viewer TestWorld::viewer() {
  return must(store::load_viewer(*portal_, user_));
}

Result<store::CreateOutcome> TestWorld::try_book(const std::string& device_class, int units,
                                                 std::optional<Instant> start, Instant end) {
  booking::Request request;
  request.pool = "lab";
  request.device_class = device_class;
  request.units = units;
  if (start) request.start = *start;
  request.end = end;
  return store::create(*portal_, author(), viewer(), {request, std::nullopt});
}

model::ReservationId TestWorld::book(const std::string& device_class, int units, std::optional<Instant> start,
                                     Instant end) {
  auto outcome = must(try_book(device_class, units, start, end));
  if (!std::holds_alternative<store::Created>(outcome)) throw std::runtime_error("refused");
  return std::get<store::Created>(outcome).view.reservation.id;
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
      kube::ClientFactory(watching, no_retries()), installation_, discovery, [] {}, Log::silent());
  if (!observer_->wait_synced(std::chrono::seconds(30))) throw std::runtime_error("the lists do not come");
  auto settings = database_.settings_as(kLogin);
  std::vector<Worker> workers;
  workers.push_back(
      {store::open_control(settings, Log::silent()), Hands(client(), *observer_, installation_)});
  executor_ = std::make_unique<Executor>(
      std::move(workers), [this] { return !effects_until_lost_ || *effects_until_lost_ > 0; },
      [this] {
        if (effects_until_lost_) --*effects_until_lost_;
        if (effects_left_ && --*effects_left_ <= 0) throw Killed();
      },
      Log::silent());
  lead_ = must(control().take_lead(std::string(kCluster), "test"));
}

void TestWorld::restart() {
  start_reconciler();
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

pg::Rows TestWorld::sql(const std::string& statement) {
  // A prepared statement is known by its name for as long as the connection lives, and so must its text live.
  const auto [known, added] = statements_.try_emplace(statement, fmt::format("test_{}", statements_.size()));
  return must(owner_->exec(pg::Query{known->second, known->first}));
}

std::string TestWorld::fingerprint() {
  return text(
      "SELECT md5(concat("
      "(SELECT string_agg(t::text, ';' ORDER BY id) FROM berth.reservation t),"
      "(SELECT string_agg(t::text, ';' ORDER BY reservation, unit) FROM berth.reservation_unit t),"
      "(SELECT string_agg(t::text, ';' ORDER BY id) FROM berth.session t),"
      "(SELECT string_agg(t::text, ';' ORDER BY session, ordinal) FROM berth.step t),"
      "(SELECT string_agg(t::text, ';' ORDER BY id) FROM berth.hold t),"
      "(SELECT string_agg(t::text, ';' ORDER BY id) FROM berth.finding t),"
      "(SELECT count(*) FROM berth.event), (SELECT count(*) FROM berth.audit))) AS x");
}

}  // namespace berth::reconciler
