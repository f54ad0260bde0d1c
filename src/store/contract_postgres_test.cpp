// PostgreSQL as a world of the contract suite: the store's fixture with its clock set by the test, and its
// rows read as the values that the twin keeps.
#include <fmt/format.h>

#include <algorithm>

#include "store/activity_rows.hpp"
#include "store/apply.hpp"
#include "store/codecs.hpp"
#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"
#include "store/homes.hpp"
#include "store/kubeconfigs.hpp"
#include "store/layout_orders.hpp"
#include "store/reservation_rows.hpp"
#include "store/session_rows.hpp"

namespace berth::store {
namespace {

/// Any function that asks for the time by its plain name finds this one first, so that the store's own
/// statements run on the test's clock. What was bound when it was made is bound anew: defaults of columns,
/// and the functions that look nowhere but in the catalogue.
constexpr std::string_view kTestClock =
    "CREATE SCHEMA test_clock; GRANT USAGE ON SCHEMA test_clock TO PUBLIC;"
    "CREATE TABLE test_clock.shown (at timestamptz NOT NULL); GRANT SELECT ON test_clock.shown TO PUBLIC;"
    "INSERT INTO test_clock.shown VALUES (pg_catalog.clock_timestamp());"
    "CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS"
    " 'SELECT at FROM test_clock.shown'; GRANT EXECUTE ON FUNCTION test_clock.clock_timestamp TO PUBLIC;"
    "ALTER TABLE berth.session ALTER COLUMN created_at SET DEFAULT test_clock.clock_timestamp();"
    "ALTER TABLE berth.reservation ALTER COLUMN created_at SET DEFAULT test_clock.clock_timestamp();"
    "ALTER TABLE berth.event ALTER COLUMN at SET DEFAULT test_clock.clock_timestamp();"
    "ALTER TABLE berth.kubeconfig_request ALTER COLUMN created_at SET DEFAULT test_clock.clock_timestamp();"
    "ALTER FUNCTION berth.housekeep SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.hear_wish SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.hear_activity SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.hear_device_use SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.leave_home SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.take_home SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.give_back_home SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.crowd_out_homes SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.let_home_go SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.close_home SET search_path TO test_clock, pg_catalog;"
    "ALTER FUNCTION berth.check_layout_order SET search_path TO test_clock, pg_catalog";

/// Past the triggers that keep what is over.
constexpr std::string_view kForget =
    "SET session_replication_role = replica; DELETE FROM berth.kubeconfig_request;"
    "DELETE FROM berth.step; DELETE FROM berth.hold; DELETE FROM berth.wish; DELETE FROM berth.home;"
    "DELETE FROM berth.layout_order; DELETE FROM berth.activity; DELETE FROM berth.device_use; DELETE FROM "
    "berth.session;"
    "DELETE FROM berth.reservation_unit; DELETE FROM berth.reservation; DELETE FROM berth.finding;"
    "DELETE FROM berth.leader; DELETE FROM berth.heartbeat; DELETE FROM berth.event;"
    "DELETE FROM berth.audit WHERE object_type IN ('reservation', 'session', 'claim');"
    "SET session_replication_role = origin";

constexpr pg::Query kReservations{"contract_reservations", R"sql(
    SELECT * FROM berth.reservation
)sql"};
constexpr pg::Query kClaims{"contract_claims", R"sql(
    SELECT reservation, unit, during, live FROM berth.reservation_unit ORDER BY reservation, unit
)sql"};
constexpr pg::Query kSessions{"contract_sessions", R"sql(
    SELECT * FROM berth.session
)sql"};
constexpr pg::Query kSteps{"contract_steps", R"sql(
    SELECT * FROM berth.step ORDER BY session, ordinal
)sql"};
constexpr pg::Query kHolds{"contract_holds", R"sql(
    SELECT unit, coalesce(session::text, '') AS session, since, why, released_at FROM berth.hold ORDER BY id
)sql"};
constexpr pg::Query kFindings{"contract_findings", R"sql(
    SELECT cluster, kind, object, detail, planned_action, first_seen_at, resolved_at FROM berth.finding
)sql"};
constexpr pg::Query kLeaders{"contract_leaders", R"sql(
    SELECT cluster, epoch, holder, since FROM berth.leader
)sql"};
constexpr pg::Query kBeats{"contract_beats", R"sql(
    SELECT cluster, epoch, holder, at, cycle_millis, sessions, problem, unheard_since,
        starts_wait
    FROM berth.heartbeat
)sql"};
constexpr pg::Query kEvents{"contract_events", R"sql(
    SELECT at, kind, pool, reservation, owner FROM berth.event WHERE reservation IS NOT NULL ORDER BY id
)sql"};
constexpr pg::Query kAudited{"contract_audited", R"sql(
    SELECT actor, action, object_type, object_id,
        CASE object_type WHEN 'reservation' THEN after ->> 'state' END AS state
    FROM berth.audit
    WHERE object_type IN ('reservation', 'session', 'claim')
    ORDER BY id
)sql"};
constexpr pg::Query kWishes{"contract_wishes", R"sql(
    SELECT session, id::text AS id, asked_at, earlier::text[] AS earlier, coalesce(answer, '') AS answer
    FROM berth.wish
)sql"};
constexpr pg::Query kActivity{"contract_activity", R"sql(
    SELECT session, heard_at, looked_at, editor_asked, editor_used_at, lab_used_at, kernels, kernels_busy
    FROM berth.activity
)sql"};
constexpr pg::Query kDeviceUse{"contract_device_use", R"sql(
    SELECT session, since, looked_at, busy_permille, used_at
    FROM berth.device_use
)sql"};
constexpr pg::Query kHomes{"contract_homes", R"sql(
    SELECT id::text AS id, cluster, pool, owner, volume, storage_class, size_gib, node, identity,
        coalesce(session::text, '') AS session, last_session, kept_at, kept_until,
        delete_asked_at IS NOT NULL AS asked, going_at IS NOT NULL AS going, gone_at
    FROM berth.home
)sql"};
constexpr pg::Query kSetClock{"contract_set_clock", "UPDATE test_clock.shown SET at = $1"};

storetwin::Tables read_tables(std::span<const pg::Rows> answers) {
  storetwin::Tables tables;
  for (const auto& row : answers[0]) {
    auto one = must(read_reservation(row));
    tables.reservations.emplace(one.id, one);
  }
  for (const auto& row : answers[1]) {
    tables.claims.push_back({row.get<model::ReservationId>("reservation"), row.get<model::UnitId>("unit"),
                             row.get<Window>("during"), row.get<bool>("live")});
  }
  std::map<model::SessionId, std::vector<model::Step>> steps;
  for (const auto& row : answers[3])
    steps[row.get<model::SessionId>("session")].push_back(must(read_step(row)));
  for (const auto& row : answers[2]) {
    auto session = must(read_session(row, std::move(steps[row.get<model::SessionId>("id")])));
    tables.sessions.emplace(session.id, storetwin::SessionRow{row.get<std::string>("cluster"), session});
  }
  for (const auto& row : answers[4]) {
    tables.holds.push_back({row.get<model::UnitId>("unit"), model::SessionId{row.get<std::string>("session")},
                            row.get<Instant>("since"), row.get<std::string>("why"),
                            row.get<std::optional<Instant>>("released_at")});
  }
  for (const auto& row : answers[5]) {
    tables.findings.push_back({row.get<std::string>("cluster"), row.get<std::string>("kind"),
                               row.get<std::string>("object"), row.get<std::string>("detail"),
                               row.get<std::string>("planned_action"), row.get<Instant>("first_seen_at"),
                               row.get<std::optional<Instant>>("resolved_at")});
  }
  return tables;
}

storetwin::Rows read_all(pg::Connection& connection) {
  pg::Batch batch;
  for (const auto& query : {kReservations, kClaims, kSessions, kSteps, kHolds, kFindings, kLeaders, kBeats,
                            kEvents, kAudited, kWishes, kActivity, kHomes, kDeviceUse}) {
    batch.add(query);
  }
  const auto answers = must(connection.exec(batch));
  storetwin::Rows rows{
      .tables = read_tables(answers), .leaders = {}, .beats = {}, .events = {}, .audited = {}};
  for (const auto& row : answers[6]) {
    rows.leaders[row.get<std::string>("cluster")] = {
        row.get<std::int64_t>("epoch"), row.get<std::string>("holder"), row.get<Instant>("since")};
  }
  for (const auto& row : answers[7]) {
    rows.beats[row.get<std::string>("cluster")] = {
        row.get<std::int64_t>("epoch"),
        row.get<std::string>("holder"),
        row.get<Instant>("at"),
        std::chrono::milliseconds(row.get<std::int64_t>("cycle_millis")),
        row.get<int>("sessions"),
        row.get<std::string>("problem"),
        row.get<std::optional<Instant>>("unheard_since"),
        row.get<std::string>("starts_wait")};
  }
  for (const auto& row : answers[8]) {
    rows.events.push_back({row.get<Instant>("at"), row.get<std::string>("kind"),
                           row.get<model::PoolId>("pool"), row.get<model::ReservationId>("reservation"),
                           row.get<model::UserId>("owner")});
  }
  for (const auto& row : answers[9]) {
    const auto state = row.get<std::optional<std::string>>("state");
    rows.audited.push_back({row.get<std::string>("actor"), row.get<std::string>("action"),
                            row.get<std::string>("object_type"), row.get<std::string>("object_id"),
                            state ? model::parse_reservation_state(*state) : std::nullopt});
  }
  for (const auto& row : answers[10]) {
    rows.tables.wishes[row.get<model::SessionId>("session")] = {
        .id = row.get<std::string>("id"),
        .asked_at = row.get<Instant>("asked_at"),
        .earlier = row.get<std::vector<std::string>>("earlier"),
        .answer = row.get<std::string>("answer")};
  }
  for (const auto& row : answers[11])
    rows.tables.activity[row.get<model::SessionId>("session")] = {row.get<Instant>("heard_at"),
                                                                  read_activity(row)};
  for (const auto& row : answers[13])
    rows.tables.device_use[row.get<model::SessionId>("session")] = read_device_use(row);
  for (const auto& row : answers[12]) {
    storetwin::HomeRow home{.home = {},
                            .cluster = row.get<std::string>("cluster"),
                            .pool = row.get<model::PoolId>("pool"),
                            .owner = row.get<model::UserId>("owner"),
                            .storage_class = row.get<std::string>("storage_class"),
                            .node = row.get<std::string>("node"),
                            .session = model::SessionId{row.get<std::string>("session")},
                            .last_session = row.get<model::SessionId>("last_session"),
                            .kept_at = row.get<std::optional<Instant>>("kept_at"),
                            .kept_until = row.get<std::optional<Instant>>("kept_until"),
                            .deletion_asked = row.get<bool>("asked"),
                            .gone_at = row.get<std::optional<Instant>>("gone_at")};
    home.home = {.id = row.get<std::string>("id"),
                 .volume = row.get<std::string>("volume"),
                 .size = Gib{row.get<std::int64_t>("size_gib")},
                 .of_before = home.kept_at.has_value(),
                 .going = row.get<bool>("going")};
    const auto identity = row.get<json::value>("identity");
    for (const auto& [name, value] : identity.as_object())
      home.home.identity.emplace(name, value.as_string());
    rows.tables.homes.emplace(home.home.id, home);
  }
  return rows;
}

class PostgresWorld final : public RenewableWorld, private StoreTest {
 public:
  PostgresWorld() : owner_(database_.connect()) {
    must(owner_.run(kTestClock));
    must(owner_.run(fmt::format("ALTER DATABASE {} SET search_path = test_clock, pg_catalog, public",
                                pg::quote_identifier(database_.name()))));
    owner_ = database_.connect();
    connection_ = portal_connection();
    auto settings = database_.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    control_ = open_control_rows(settings, Log::silent());
    advance(Duration(0));
  }

  void advance(Duration by) override {
    ContractWorld::advance(by);
    must(owner_.exec(kSetClock, now()));
  }
  void put_cluster(const model::Cluster& wanted) override {
    must(store::apply(connection_, admin_author(), {{wanted}, {}}));
  }
  model::Pool put_pool(const model::Pool& wanted) override {
    return must(apply_pool(connection_, admin_author(), wanted)).pool;
  }
  model::UserId put_user(const std::string& email) override {
    const auto known = users_.find(email);
    return known != users_.end() ? known->second : users_.emplace(email, add_user(email)).first->second;
  }

  Result<storetwin::Outcome> book(const model::UserId& owner, const booking::Request& request) override {
    auto outcome = try_book(owner, request);
    if (!outcome) return fail(outcome.error());
    if (const auto* refused = std::get_if<Refused>(&*outcome)) return refused->shortage;
    return std::get<Created>(*outcome).view.reservation;
  }
  Result<storetwin::Outcome> extend(const model::ReservationId& id,
                                    const storetwin::Further& further) override {
    ExtendRequest request;
    if (const auto* end = std::get_if<Instant>(&further)) request.end = *end;
    if (const auto* by = std::get_if<minutes>(&further)) request.by = *by;
    const auto owner = owner_of(id);
    auto outcome = store::extend(connection_, author(owner), viewer(owner), id, request);
    if (!outcome) return fail(outcome.error());
    if (const auto* refused = std::get_if<Refused>(&*outcome)) return refused->shortage;
    return std::get<Changed>(*outcome).view.reservation;
  }
  Result<model::Reservation> end(const model::ReservationId& id) override {
    const auto owner = owner_of(id);
    auto view = store::end(connection_, author(owner), viewer(owner), id);
    if (!view) return fail(view.error());
    return view->reservation;
  }

  void ask_kubeconfig(const std::string& id, const model::ReservationId& reservation,
                      const entry::SealPublicKey& key) override {
    const auto owner = owner_of(reservation);
    auto transaction = must(begin_write(connection_, author(owner)));
    must(store::ask_kubeconfig(transaction, {id, reservation, owner, key}));
    must(transaction.commit());
  }

  void order_layouts(const std::string& node, const std::vector<planning::LayoutOrder>& orders) override {
    std::vector<NewLayoutOrder> made;
    for (const auto& one : orders)
      made.push_back({{one.layout, {}, one.advertises, one.units}, one.not_before});
    const auto pool = must(load_pool(connection_, "lab"));
    must(store::order_layouts(connection_, admin_author(), admin_, pool, node_named(pool, node), made,
                              store::OrderMode::kDo));
  }
  void retry_layout(const std::string& node) override {
    const auto pool = must(load_pool(connection_, "lab"));
    (void)store::retry_layout(connection_, admin_author(), node_named(pool, node));  // where there is one
  }

  bool ask_home_deletion(const std::string& home) override {
    const auto homes = rows().tables.homes;
    const auto row = homes.find(home);
    if (row == homes.end()) return false;
    const auto owner = row->second.owner;
    auto transaction = must(begin_write(connection_, author(owner)));
    const bool asked = store::ask_home_deletion(transaction, owner, home).has_value();
    must(transaction.commit());
    return asked;
  }

  void renew() override {
    must(owner_.run(kForget));
    clock_.set_back();
    advance(Duration(0));
  }
  ControlRows& control() override { return *control_; }
  storetwin::Rows rows() override { return in_order(read_all(owner_)); }

 private:
  void TestBody() override {}  // a fixture that another test holds

  static model::NodeId node_named(const model::Pool& pool, const std::string& name) {
    return std::ranges::find(pool.nodes, name, &model::Node::kubernetes_name)->id;
  }
  model::UserId owner_of(const model::ReservationId& id) {
    return read_all(owner_).tables.reservations.at(id).owner;
  }

  pg::Connection owner_;
  std::map<std::string, model::UserId> users_;
  std::unique_ptr<ControlRows> control_;
};

}  // namespace

std::unique_ptr<RenewableWorld> postgres_world() {
  return std::make_unique<PostgresWorld>();
}

}  // namespace berth::store
