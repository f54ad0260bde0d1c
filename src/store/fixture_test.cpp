#include "store/fixture.hpp"

#include <fmt/format.h>

#include "store/migrations.hpp"
#include "store/teams.hpp"

namespace berth::store {

model::Pool other_pool(const std::string& name) {
  auto pool = lab_pool();
  pool.name = name;
  for (auto& node : pool.nodes) node.kubernetes_name = name + "-" + node.kubernetes_name;
  return pool;
}

model::Pool two_layouts_pool() {
  auto pool = lab_pool();
  pool.devices.pop_back();
  pool.units.back().device = pool.devices.front().id;
  return pool;
}

StoreTest::StoreTest()
    : database_(testsupport::postgres().fresh_database(embedded::migrations(), std::string(kSchema))),
      owner_(database_.connect()),
      connection_(portal_connection()) {
  must(owner_.run("SET berth.actor = 'owner'"));
  admin_ = add_user("admin@example.org", model::Role::kAdmin);
  lab_ = must(apply(connection_, admin_author(), lab_file())).pools.at(0).pool;
  now_ = must(database_now(connection_));
}

pg::Connection StoreTest::portal_connection() {
  auto connection = database_.connect();
  must(connection.run("SET ROLE berth_portal"));
  return connection;
}

pg::Rows StoreTest::sql(const std::string& statement) {
  return must(owner_.exec(pg::Query{statement, statement}));
}

model::UserId StoreTest::add_user(const std::string& email, model::Role role) {
  auto transaction = must(begin_write(owner_, owner_author()));
  auto id = must(create_user(transaction, {email, email.substr(0, email.find('@')), role, std::nullopt}));
  must(transaction.commit());
  return id;
}

model::TeamId StoreTest::add_team(const std::string& name) {
  auto transaction = must(begin_write(owner_, owner_author()));
  auto id = must(create_team(transaction, name));
  must(transaction.commit());
  return id;
}

void StoreTest::add_member(const model::TeamId& team, const model::UserId& user, bool leads) {
  auto transaction = must(begin_write(owner_, owner_author()));
  must(put_member(transaction, team, user, leads));
  must(transaction.commit());
}

booking::Request StoreTest::request(const std::string& device_class, int units, int from, int to) const {
  booking::Request request;
  request.pool = "lab";
  request.device_class = device_class;
  request.units = units;
  request.start = step(from);
  request.end = step(to);
  return request;
}

Result<CreateOutcome> StoreTest::try_book(const model::UserId& owner, const booking::Request& request) {
  return create(connection_, author(owner), viewer(owner), {request, std::nullopt});
}

ReservationView StoreTest::book(const model::UserId& owner, const booking::Request& request) {
  auto outcome = must(try_book(owner, request));
  if (!std::holds_alternative<Created>(outcome)) throw std::runtime_error("refused");
  return std::move(std::get<Created>(outcome).view);
}

std::vector<std::string> StoreTest::units_of(const model::ReservationId& id) {
  const auto rows =
      sql(fmt::format("SELECT u.name FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit"
                      " WHERE c.reservation = '{}' AND c.live ORDER BY u.id",
                      id.value));
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.get<std::string>("name"));
  return names;
}

void StoreTest::begin(const model::ReservationId& id) {
  sql(fmt::format(
      "WITH begun AS (UPDATE berth.reservation SET state = 'ACTIVE' WHERE id = '{0}' RETURNING id)"
      " INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, host, phase)"
      " SELECT id, 1, 'default', 'berth-' || id, 'host-' || id, 'Starting' FROM begun",
      id.value));
}

void StoreTest::shift_back(const model::ReservationId& id, minutes by) {
  sql(
      fmt::format("WITH claims AS (UPDATE berth.reservation_unit SET during = tstzrange(lower(during) - "
                  "interval '{1} min',"
                  " upper(during) - interval '{1} min') WHERE reservation = '{0}')"
                  " UPDATE berth.reservation SET start_at = start_at - interval '{1} min',"
                  " end_at = end_at - interval '{1} min' WHERE id = '{0}'",
                  id.value, by.count()));
}

}  // namespace berth::store
